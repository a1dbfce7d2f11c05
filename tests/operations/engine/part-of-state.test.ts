import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "@jest/globals";

import { onPartOfState, partOf } from "../../../operations/engine/part-of-state.ts";
import type { StackState, StoredResource } from "../../../operations/engine/stack-state.ts";

const urnOf = (chain: string, name: string) => `urn:pulumi:prod::tenantry::${chain}::${name}`;
const TENANT = "tenantry:index:Tenant";
const STACK = urnOf("pulumi:pulumi:Stack", "tenantry-prod");
const PROVIDER = urnOf("pulumi:providers:tenantry", "default");
const GROUP = urnOf("tenantry:turso:Group", "aws-us-east-1");

function resource(urn: string, more: Record<string, unknown> = {}): StoredResource {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  return { urn, type, inputs: {}, outputs: {}, parent: STACK, ...more };
}

function tenant(id: string, more: Record<string, unknown> = {}): StoredResource[] {
  const component = urnOf(TENANT, id);
  return [
    resource(component),
    resource(urnOf(`${TENANT}$tenantry:turso:Database`, id), {
      parent: component,
      provider: `${PROVIDER}::0e1f`,
      propertyDependencies: { group: [GROUP] },
      ...more,
    }),
  ];
}

const SHARED = [resource(STACK, { parent: undefined }), resource(PROVIDER), resource(GROUP)];
const RESOURCES = [...SHARED, ...tenant("acme"), ...tenant("acme-2"), ...tenant("beta")];
const AROUND = {
  manifest: { version: "v3.276.0" },
  secrets_providers: { type: "passphrase", state: { salt: "v1:x" } },
};
const STATE: StackState = { resources: RESOURCES, isBroken: false, around: AROUND };

/** What an engine with this environment would read; undefined: the stack's own state. */
function readBy({ PULUMI_BACKEND_URL: backend }: Readonly<Record<string, string>>): unknown {
  if (backend === undefined) return undefined;
  return JSON.parse(readFileSync(join(fileURLToPath(backend), ".pulumi/stacks/tenantry/prod.json"), "utf8"));
}

describe("a preview of some tenants", () => {
  it("reads their part of the state and what all share, in the order it was in, and none of a tenant that is called alike", () => {
    expect(partOf(RESOURCES, ["acme"])).toEqual([...SHARED, ...tenant("acme")]);
    expect(partOf(RESOURCES, [])).toEqual(SHARED);
  });

  it("also reads what theirs hang on at another tenant's, with all that this hangs on", () => {
    const [component, database] = tenant("beta");
    const resources = [...RESOURCES, ...tenant("gamma", { dependencies: [database?.urn], propertyDependencies: {} })];
    expect(partOf(resources, ["gamma"])).toEqual([...SHARED, component, database, ...resources.slice(-2)]);
  });

  it("reads a copy of it that says the same of secrets, and is gone when it ends, also when it fails", async () => {
    const seen: string[] = [];
    const failing = onPartOfState(STATE, ["beta"], (env) => {
      expect(readBy(env)).toEqual({
        version: 3,
        checkpoint: {
          stack: "organization/tenantry/prod",
          latest: { ...AROUND, resources: JSON.parse(JSON.stringify([...SHARED, ...tenant("beta")])) as unknown },
        },
      });
      seen.push(fileURLToPath(env["PULUMI_BACKEND_URL"] ?? ""));
      expect(readdirSync(seen[0] ?? "")).toEqual([".pulumi"]);
      return Promise.reject(new Error("the engine has ended"));
    });
    await expect(failing).rejects.toThrow("the engine has ended");
    expect(seen.map((folder) => existsSync(folder))).toEqual([false]);
  });

  it.each<[string, StackState]>([
    ["holds nothing yet", { ...STATE, resources: [] }],
    ["was left in the middle of something", { ...STATE, isBroken: true }],
    ["does not say how its secrets are encrypted", { ...STATE, around: { manifest: AROUND.manifest } }],
    [
      "has secrets that only Pulumi Cloud decrypts, for its own stack",
      { ...STATE, around: { ...AROUND, secrets_providers: { type: "service", state: {} } } },
    ],
  ])("reads the whole of a state that %s", async (_, state) => {
    expect(await onPartOfState(state, ["beta"], (env) => Promise.resolve(readBy(env)))).toBeUndefined();
  });
});
