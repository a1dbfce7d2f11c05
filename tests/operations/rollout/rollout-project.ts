import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openStack, type StackContext } from "../../../stack/context.ts";
import { declaredFleet } from "../../../stack/declared-fleet.ts";
import type { Tenant } from "../../../tenants/model/tenant.ts";

export const OLD = "ghcr.io/acme/agent:1";
export const NEW = "ghcr.io/acme/agent:2";

/** A project of files alone: tenants, plans, a rollout. Nothing runs in it. */
export interface RolloutProject {
  readonly dir: string;
  context(stack?: string): StackContext;
  tenant(id: string, text?: string, stack?: string): void;
  rollout(text: string, name?: string): void;
  plans(text: string): void;
  /** Writes a file by its path in the project. */
  file(path: string, text: string): void;
  /** Every file below tenants/ and rollouts/, by its path. */
  files(): Readonly<Record<string, string>>;
  /** Brings exactly these files back. */
  restore(files: Readonly<Record<string, string>>): void;
  tenants(stack?: string): readonly Tenant[];
  dispose(): void;
}

const SETTINGS = `config:
  tenantry:cloud: embedded
  tenantry:fleetId: 0123456789abcdef0123456789abcdef
  tenantry:prefix: tst
  tenantry:tursoOrganization: tenantry-local
  tenantry:flyOrganization: tenantry-local
`;

export function rolloutProject(stacks: readonly string[] = ["local"]): RolloutProject {
  const dir = mkdtempSync(join(tmpdir(), "tenantry-rollout-"));
  const write = (path: string, text: string) => {
    mkdirSync(join(dir, path, ".."), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  write("Pulumi.yaml", "name: tenantry\nruntime: nodejs\n");
  for (const stack of stacks) write(`Pulumi.${stack}.yaml`, SETTINGS);
  write(
    "tenants/plans.yaml",
    `# What most have.\nstandard:\n  machine:\n    image: ${OLD} # tested\ncompact:\n  machine: { image: "${OLD}", memoryMb: 512 }\n  mount: { memoryLimitMb: 128 }\n`,
  );
  const context = (stack = "local"): StackContext => ({ ...openStack(stack, dir), home: join(dir, ".tenantry") });
  return {
    dir,
    context,
    tenant: (id, text = "owner: ops@acme.example # asks\n", stack = "local") =>
      write(`tenants/${stack}/${id}.yaml`, text),
    plans: (text) => write("tenants/plans.yaml", text),
    file: write,
    rollout: (text, name = "agent-2") => write(`rollouts/${name}.yaml`, text),
    files: () => Object.fromEntries(["tenants", "rollouts"].flatMap((folder) => filesIn(dir, folder))),
    restore(files) {
      for (const folder of ["tenants", "rollouts"]) rmSync(join(dir, folder), { recursive: true, force: true });
      for (const [path, text] of Object.entries(files)) write(path, text);
    },
    tenants: (stack) => declaredFleet(context(stack)).tenants,
    dispose: () => {
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function filesIn(dir: string, folder: string): [string, string][] {
  const entries = readdirSync(join(dir, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry): [string, string] => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(dir.length + 1), readFileSync(path, "utf8")];
    })
    .sort(([one], [other]) => (one < other ? -1 : 1));
}
