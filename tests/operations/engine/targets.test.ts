import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { limitedEnvironment, targetArgs } from "../../../operations/engine/targets.ts";

const none = { engine: "none" } as const;

/** As Pulumi reads a target: `**` is anything, `*` anything without a colon (pkg/resource/deploy/target.go). */
function isTarget(urn: string, targets: readonly string[]): boolean {
  return targets.some((target) => {
    const segments = target.split("**").map((segment) => segment.replaceAll(/[.$]/g, "\\$&").replaceAll("*", "[^:]*"));
    return new RegExp(`^${segments.join(".*")}$`).test(urn);
  });
}

const targetsOf = (...ids: string[]) =>
  targetArgs(
    "local",
    ids.map((id) => ({ id, database: none })),
    [],
  ).filter((word) => word !== "--target");

const urn = (types: string, name: string, stack = "local") => `urn:pulumi:${stack}::tenantry::${types}::${name}`;
const TENANT = "tenantry:index:Tenant";

describe("a run for some tenants", () => {
  it("is limited to the tenant, all that is below it, and the group of its database", () => {
    const targets = targetsOf("acme");
    expect(isTarget(urn(TENANT, "acme"), targets)).toBe(true);
    expect(isTarget(urn(`${TENANT}$tenantry:fly:App`, "acme"), targets)).toBe(true);
    expect(isTarget(urn(`${TENANT}$tenantry:tigris:AccessKey`, "acme/alice-laptop"), targets)).toBe(true);
    expect(isTarget(urn(`${TENANT}$tenantry:fly:App`, "acme", "prod"), targets)).toBe(false);
    expect(isTarget(urn("tenantry:turso:Group", "aws-us-east-1"), targets)).toBe(false);
    const turso = { engine: "turso", location: "aws-us-east-1" } as never;
    expect(targetArgs("local", [{ id: "acme", database: turso }], [])).toContain(
      "urn:pulumi:local::*::tenantry:turso:Group::aws-us-east-1",
    );
    expect(targetArgs("local", [], [])).toEqual([]);
  });

  it("does not reach a group on which a database of another tenant hangs", () => {
    const turso = { engine: "turso", location: "aws-us-east-1" } as never;
    const group = urn("tenantry:turso:Group", "aws-us-east-1");
    const groups = (...others: string[]) =>
      targetArgs(
        "local",
        [{ id: "acme", database: turso }],
        [
          { urn: group },
          ...["acme", ...others].map((id) => ({
            urn: urn(`${TENANT}$tenantry:turso:Database`, id),
            dependencies: [group],
          })),
        ],
      ).filter((target) => target.includes("Group"));
    expect(groups("acme-2")).toEqual([]);
    expect(groups()).toHaveLength(1);
  });

  it("never reaches another tenant, whatever the two are called", () => {
    const id = fc.stringMatching(/^[a-z](?:-?[a-z0-9]){0,15}$/);
    const pair = fc.oneof(
      fc.tuple(id, id),
      id.map((one) => [one, `${one}2`.slice(0, 39)] as const),
      id.map((one) => [`${one}2`.slice(0, 39), one] as const),
    );
    fc.assert(
      fc.property(pair, ([named, other]) => {
        fc.pre(named !== other);
        const targets = targetsOf(named);
        const urns = [
          urn(TENANT, other),
          ...[other, `${other}/${named}`].map((name) => urn(`${TENANT}$tenantry:fly:App`, name)),
        ];
        expect(urns.filter((each) => isTarget(each, targets))).toEqual([]);
      }),
    );
  });

  it("tells the program whose records it may write", () => {
    expect(limitedEnvironment(["acme", "globex"])).toEqual({ TENANTRY_LIMITED_TO: "acme,globex" });
    expect(limitedEnvironment([])).toEqual({});
  });
});
