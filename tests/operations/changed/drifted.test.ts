import { describe, expect, it } from "@jest/globals";

import { driftedIn, isSeenAsKnown } from "../../../operations/changed/drifted.ts";
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

describe("a refresh of unchanged tenants", () => {
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

  it("need not be repeated at once where the steps begin with what the state has, whatever is to be done about it", () => {
    const stored = (of: string, more = {}) => ({ ...known, urn: of, ...more });
    const stack = { ...known, urn: "urn:pulumi:local::tenantry::pulumi:pulumi:Stack::s", type: "pulumi:pulumi:Stack" };
    const isSeen = (steps: PreviewStep[], held = [stack, stored(urn("acme"))], more = {}) =>
      isSeenAsKnown({ steps, errors: [], warnings: [], ...more }, held);
    const look = seen(urn("acme"));
    const update = seen(urn("acme"), { ...known, inputs: { region: "fra" } }, "update");
    const begunWith = (oldState: PreviewStep["oldState"]) => ({ ...update, oldState });
    expect(isSeen([look, update])).toBe(true);
    expect(isSeen([look])).toBe(false);
    expect(isSeen([look, update], [stored(urn("acme")), stored(urn("beta"))])).toBe(false);
    expect(isSeen([look, update], [stored(urn("acme"), { delete: true })])).toBe(false);
    expect(isSeen([look, begunWith({ ...known, outputs: {} })])).toBe(false);
    expect(isSeen([look, begunWith({ ...known, id: "m-2" })])).toBe(false);
    expect(isSeen([look, begunWith(undefined)])).toBe(false);
    const complaint = [{ urn: urn("acme"), message: "FLY_UNREACHABLE" }];
    expect(isSeen([look, update], undefined, { errors: complaint })).toBe(false);
    expect(isSeen([look, update], undefined, { warnings: complaint })).toBe(false);
  });

  it("concerns all of them if it concerns what they share, or no tenant", () => {
    expect(found([seen(GROUP, { ...known, inputs: {} })])).toBe("all");
    expect(found([], { errors: [{ urn: "", message: "the preview failed" }] })).toBe("all");
  });
});
