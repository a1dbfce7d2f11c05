import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import {
  bucketNamedIn,
  isNamedFor,
  keyName,
  type KeyPurpose,
  policyName,
} from "../../../provider/tigris/access-key-names.ts";

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,9}){0,3}$/);
const purpose: fc.Arbitrary<KeyPurpose> = fc.record({
  bucket: fc.stringMatching(/^[a-z][a-z0-9-]{1,61}[a-z0-9]$/),
  purpose: fc.oneof(
    fc.constant("machine"),
    word.map((name) => `access-${name}`),
  ),
  mode: fc.constantFrom("read-write" as const, "read-only" as const),
});

describe("the names of policies and keys", () => {
  it("can be read by people", () => {
    const machine: KeyPurpose = { bucket: "tnt-prod-acme", purpose: "machine", mode: "read-write" };
    expect(policyName(machine)).toBe("tenantry_tnt-prod-acme_machine_rw");
    expect(keyName(machine, 2, "2026-01-31T23:59:59Z")).toBe("tenantry_tnt-prod-acme_machine_rw_e2_20260131T235959Z");
  });

  it("fit into what IAM allows for a policy", () => {
    fc.assert(
      fc.property(purpose, (one) => {
        expect(policyName(one)).toMatch(/^[\w+=,.@-]{1,128}$/);
      }),
    );
  });

  it("belong to one purpose only", () => {
    fc.assert(
      fc.property(purpose, purpose, fc.integer({ min: 1, max: 99 }), (one, other, epoch) => {
        const isSame = JSON.stringify(one) === JSON.stringify(other);
        expect(isNamedFor(one, keyName(other, epoch, "2026-01-31T23:59:59Z"))).toBe(isSame);
        expect(isNamedFor(one, keyName(one, epoch, "2026-01-31T23:59:59Z"))).toBe(true);
      }),
    );
  });

  it("name their bucket, and names that are not ours name none", () => {
    fc.assert(
      fc.property(purpose, fc.integer({ min: 1, max: 99 }), (one, epoch) => {
        expect(bucketNamedIn(policyName(one))).toBe(one.bucket);
        expect(bucketNamedIn(keyName(one, epoch, "2026-01-31T23:59:59Z"))).toBe(one.bucket);
      }),
    );
    expect([bucketNamedIn("tnt-canary-a"), bucketNamedIn("tenantry_tnt-acme")]).toEqual([undefined, undefined]);
  });

  it("tell a bucket from one whose name starts the same", () => {
    const acme: KeyPurpose = { bucket: "tnt-acme", purpose: "machine", mode: "read-write" };
    const shop = { ...acme, bucket: "tnt-acme-shop" };
    expect(isNamedFor(acme, keyName(shop, 1, "2026-01-31T23:59:59Z"))).toBe(false);
  });
});
