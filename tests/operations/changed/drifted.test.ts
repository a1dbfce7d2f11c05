import { describe, expect, it } from "@jest/globals";

import { driftedIn } from "../../../operations/changed/drifted.ts";
import type { PreviewStep } from "../../../operations/engine/preview-digest.ts";

const urn = (id: string) => `urn:pulumi:local::tenantry::tenantry:index:Tenant$tenantry:fly:Machine::${id}`;
const GROUP = "urn:pulumi:local::tenantry::tenantry:turso:Group::aws-us-east-1";
const known = { type: "tenantry:fly:Machine", id: "m-1", inputs: { region: "iad" }, outputs: { machineId: "m-1" } };
const seen = (of: string, newState: PreviewStep["newState"] = known, op = "refresh"): PreviewStep => ({
  op,
  urn: of,
  oldState: known,
  newState,
});
const found = (steps: PreviewStep[], more = {}) => {
  const drifted = driftedIn({ steps, errors: [], warnings: [], ...more });
  return drifted === undefined ? "all" : [...drifted].sort();
};

describe("what a look at the vendors says of tenants that nobody has changed", () => {
  it("is nothing where all is as the state has it, in whatever order", () => {
    const turned = {
      outputs: { machineId: "m-1" },
      inputs: { region: "iad" },
      id: "m-1",
      type: "tenantry:fly:Machine",
    };
    expect(found([seen(urn("acme")), seen(urn("beta"), turned)])).toEqual([]);
  });

  it.each<[string, PreviewStep]>([
    ["a setting differs", seen(urn("beta"), { ...known, inputs: { region: "fra" } }, "update")],
    ["only what the vendor made of it differs", seen(urn("beta"), { ...known, outputs: { machineId: "m-2" } })],
    ["it is another one", seen(urn("beta"), { ...known, id: "m-2" })],
    ["it is gone", { op: "delete", urn: urn("beta"), oldState: known }],
  ])("names the tenant where %s", (_, step) => {
    expect(found([seen(urn("acme")), step])).toEqual(["beta"]);
  });

  it("names a tenant that could not be read, for what it has is not known", () => {
    const complaint = [{ urn: urn("acme"), message: "FLY_UNREACHABLE" }];
    expect(found([seen(urn("beta"))], { errors: complaint })).toEqual(["acme"]);
    expect(found([seen(urn("beta"))], { warnings: complaint })).toEqual(["acme"]);
  });

  it("is about all of them where it is about what they share, or about nobody", () => {
    expect(found([seen(GROUP, { ...known, inputs: {} })])).toBe("all");
    expect(found([], { errors: [{ urn: "", message: "the preview failed" }] })).toBe("all");
  });
});
