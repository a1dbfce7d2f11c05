import { describe, expect, it } from "@jest/globals";

import { refuseUndroppable } from "../../../operations/teardown/drop.ts";
import type { Tenant } from "../../../tenants/model/tenant.ts";

const NEW = { id: "acme", state: "active", storage: { backend: "tigris" } };
const refusal = (more: object, ...types: string[]) => {
  try {
    refuseUndroppable(
      { ...NEW, ...more } as Tenant,
      types.map((type) => ({ type })),
    );
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
};

describe("a tenant that is to be dropped", () => {
  it("may be new, or half dropped already", () => {
    expect(refusal({})).toBeUndefined();
    expect(refusal({ state: "offboarding" })).toBeUndefined();
  });

  it("is not one with resources that a project gives it besides ours", () => {
    expect(refusal({}, "tenantry:tigris:Bucket", "tenantry:fly:Machine")).toBeUndefined();
    expect(refusal({}, "tenantry:tigris:Bucket", "aws:sqs/queue:Queue")).toMatch(/^DROP_REFUSED: .*aws queue; drop/);
  });

  it.each([
    ["suspended", { state: "suspended" }, /is suspended/],
    ["a tombstone", { state: "purged", manifest: { path: "a.json", sha256: "0" } }, /is purged: .*reserved/],
    ["one whose data was exported", { state: "offboarding", manifest: { path: "a", sha256: "0" } }, /manifest/],
    ["on hold", { hold: "legal hold, case 12" }, /is on hold: legal hold, case 12/],
    ["on a volume", { storage: { backend: "fly-volume" } }, /fly-volume, which drop cannot read/],
    ["at AWS", { storage: { backend: "aws-s3" } }, /aws-s3, which drop cannot read/],
    ["one that was moved", { kept: [{ backend: "fly-volume", guard: "released" }] }, /still has files on fly-volume/],
  ])("is not %s, and the refusal says so and which way it goes", (_, more, says) => {
    expect(refusal(more)).toMatch(/^DROP_REFUSED: acme /);
    expect(refusal(more)).toMatch(says);
    expect(refusal(more)).toMatch(/state: purged/);
  });
});
