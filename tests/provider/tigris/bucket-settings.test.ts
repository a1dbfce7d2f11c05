import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import {
  type BucketSettings,
  creationHeaders,
  patchBetween,
  settingsAfterCreation,
  shownSettings,
} from "../../../provider/tigris/bucket-settings.ts";

const settings: fc.Arbitrary<BucketSettings> = fc.record({
  locations: fc.constantFrom("global", "usa", "eur", "iad", "fra,iad"),
  snapshots: fc.boolean(),
  softDeleteDays: fc.oneof(fc.constant(0), fc.integer({ min: 7, max: 90 })),
  deletionProtection: fc.boolean(),
  access: fc.constant("private"),
});
const plain: BucketSettings = {
  locations: "global",
  snapshots: false,
  softDeleteDays: 0,
  deletionProtection: false,
  access: "private",
};

describe("the settings of a bucket", () => {
  it("are all in the headers of its creation, but for the deletion protection", () => {
    const headers = creationHeaders({ ...plain, locations: "fra,iad", snapshots: true, softDeleteDays: 30 });
    expect(headers).toEqual({
      "X-Amz-Acl": "private",
      "X-Amz-Acl-Public-List-Objects-Enabled": "false",
      "X-Tigris-Regions": "fra,iad",
      "X-Tigris-Enable-Snapshot": "true",
      "X-Tigris-Soft-Delete": "30",
    });
    expect(creationHeaders(plain)).toEqual({
      "X-Amz-Acl": "private",
      "X-Amz-Acl-Public-List-Objects-Enabled": "false",
    });
  });

  it("need a PATCH after the creation only for the deletion protection", () => {
    fc.assert(
      fc.property(settings, (wanted) => {
        const patch = patchBetween(settingsAfterCreation(wanted), wanted);
        expect(patch).toEqual(
          wanted.deletionProtection ? { body: { protection: { protected: true } }, headers: {} } : undefined,
        );
      }),
    );
  });

  it("are changed one by one", () => {
    const from = (change: Partial<BucketSettings>) => patchBetween({ ...plain, ...change }, plain)?.body;
    expect(from({ locations: "iad" })).toEqual({ object_regions: "" });
    expect(from({ snapshots: true })).toEqual({ type: 0 });
    expect(from({ softDeleteDays: 7 })).toEqual({ soft_delete: { enabled: false } });
    expect(from({ deletionProtection: true })).toEqual({ protection: { protected: false } });
    expect(from({})).toBeUndefined();
  });

  it("close a bucket that was opened, in every way it can be opened", () => {
    expect(patchBetween({ ...plain, access: "public-read" }, plain)).toEqual({
      body: { acl_settings: { allow_object_acl: false } },
      headers: { "X-Amz-Acl": "private", "X-Amz-Acl-Public-List-Objects-Enabled": "false" },
    });
  });

  it.each([
    [{}, "private"],
    [{ md: { "X-Amz-Acl": "private" } }, "private"],
    [{ md: { "X-Amz-Acl": "public-read" } }, "public-read"],
    [{ acl_settings: { allow_object_acl: true } }, "object-acls"],
    [{ md: { "X-Amz-Acl": "public-read" }, acl_settings: { allow_object_acl: true } }, "public-read+object-acls"],
  ])("%j is shown as %s", (metadata, access) => {
    expect(shownSettings(metadata).access).toBe(access);
  });

  it("have soft delete for 7 days where Tigris shows no number, and off where it is not on", () => {
    expect(shownSettings({ soft_delete: { enabled: true } }).softDeleteDays).toBe(7);
    expect(shownSettings({ soft_delete: { enabled: false, retention_days: 30 } }).softDeleteDays).toBe(0);
  });
});
