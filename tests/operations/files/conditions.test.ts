import { describe, expect, it } from "@jest/globals";

import { regionalConditions } from "../../../operations/files/sync/conditions.ts";
import type { BucketLocation } from "../../../tenants/model/tenant.ts";

const tenantOf = (locations: BucketLocation[]) =>
  ({ id: "acme", storage: { backend: "tigris", locations, snapshots: false, softDeleteDays: 7 } }) as const;

describe("a writer to a bucket", () => {
  it.each<[string, BucketLocation[]]>([
    ["global", ["global"]],
    ["in iad and ord", ["iad", "ord"]],
  ])("hears that conditions hold within one region only when it is %s", (where, locations) => {
    expect(regionalConditions(tenantOf(locations))).toContain(
      `the bucket of acme is ${where}: Tigris checks within one`,
    );
  });

  it.each<[BucketLocation]>([["iad"], ["usa"], ["eur"]])("hears nothing of it when it is in %s", (location) => {
    expect(regionalConditions(tenantOf([location]))).toBeUndefined();
  });
});
