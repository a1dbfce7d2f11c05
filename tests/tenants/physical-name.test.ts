import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { tenantErrors } from "../../tenants/errors.ts";
import { TURSO_LOCATIONS } from "../../tenants/regions.ts";
import { groupName, networkName, physicalName, physicalNames, tursoNameLimit } from "../../tenants/physical-name.ts";

const VALID_EVERYWHERE = /^[a-z](?:[a-z0-9]|-(?=[a-z0-9]))*$/;

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,3}$/);
/** Few letters and many dashes, so that joined names meet often. */
const part = fc
  .array(fc.constantFrom("a", "b", "0", "a0"), { minLength: 1, maxLength: 4 })
  .map((words) => `a${words.join("-")}`.slice(0, 15).replace(/-$/, ""));
const anyStack = fc.oneof(
  part,
  word,
  fc.constantFrom("local", "prod", "prod-00", "Prod", "prod_00", "prod.00", "2024", "-", "_", "a".repeat(100)),
);
const triple = fc.tuple(part, anyStack, fc.oneof(part, fc.stringMatching(/^[a-z](?:[a-z0-9]|-[a-z0-9]){0,19}$/)));
const anyLimit = fc.integer({ min: 20, max: 63 });

describe("a physical name", () => {
  it("is prefix, stack and tenant where that is unmistakable", () => {
    expect(physicalName(63, "tnt", "prod", "acme")).toBe("tnt-prod-acme");
    expect(physicalName(63, "tnt", "prod-00", "acme-west-2")).toBe("tnt-prod-00-acme-west-2");
  });

  it("never changes, as it would rename what exists", () => {
    expect(physicalName(63, "tnt", "shop-eu", "acme")).toBe("tnt-shop-eu-acme-88b256f6a21d");
    expect(physicalName(30, "tnt", "prod", "lighthouse-bakery-and-sons")).toBe("tnt-prod-lighthou-cec649342452");
    expect(physicalName(63, "tnt", "Prod_1", "acme")).toBe("tnt-prod-1-acme-78515bb28693");
  });

  it("tells apart what would be joined to the same text", () => {
    expect(physicalName(63, "tnt", "shop", "eu-acme")).not.toBe(physicalName(63, "tnt", "shop-eu", "acme"));
    expect(physicalName(63, "tnt-a", "b", "c")).not.toBe(physicalName(63, "tnt", "a-b", "c"));
    expect(physicalName(63, "tnt", "Prod", "acme")).not.toBe(physicalName(63, "tnt", "prod", "acme"));
  });

  it("can't be had by giving a tenant a name that ends like a hash", () => {
    const hashed = physicalName(63, "tnt", "shop-eu", "acme");
    expect(physicalName(63, "tnt", "shop", hashed.replace("tnt-shop-", ""))).not.toBe(hashed);
  });

  it("does not end in what S3 keeps for itself", () => {
    expect(physicalName(63, "tnt", "prod", "acme-s3alias")).toMatch(/^tnt-prod-acme-s3alias-[0-9a-f]{12}$/);
  });

  it("is valid for buckets, apps and databases, whatever the limit", () => {
    fc.assert(
      fc.property(anyLimit, triple, (limit, [prefix, stack, tenant]) => {
        const name = physicalName(limit, prefix, stack, tenant);
        expect(name).toMatch(VALID_EVERYWHERE);
        expect(name.length).toBeGreaterThanOrEqual(3);
        expect(name.length).toBeLessThanOrEqual(limit);
        expect(physicalName(limit, prefix, stack, tenant)).toBe(name);
      }),
      { numRuns: 2000 },
    );
  });

  it("is valid even where its parts are not", () => {
    const anything = fc.string({ unit: "binary", maxLength: 70 });
    fc.assert(
      fc.property(anyLimit, anything, anything, anything, (limit, prefix, stack, tenant) => {
        const name = physicalName(limit, prefix, stack, tenant);
        expect(name).toMatch(VALID_EVERYWHERE);
        expect(name.length).toBeLessThanOrEqual(limit);
      }),
    );
    expect(physicalName(63, "tnt", "prod", "Acme")).not.toBe(physicalName(63, "tnt", "prod", "acme"));
  });

  it("belongs to one tenant only, over all prefixes and stacks", () => {
    fc.assert(
      fc.property(anyLimit, fc.array(triple, { minLength: 40, maxLength: 40 }), (limit, triples) => {
        const different = new Set(triples.map((each) => JSON.stringify(each)));
        expect(new Set(triples.map((each) => physicalName(limit, ...each))).size).toBe(different.size);
      }),
      { numRuns: 300 },
    );
  });

  it("belongs to one tenant only, tried out on all short words with dashes", () => {
    const words = ["a", "b", "a-a", "a-b", "b-a", "a-0", "a-0-a", "a-a-0", "a0", "a-a-a", "b-a-a"];
    const all = words.flatMap((prefix) =>
      words.flatMap((stack) => words.map((tenant) => [prefix, stack, tenant] as const)),
    );
    for (const limit of [20, 63]) {
      expect(new Set(all.map((each) => physicalName(limit, ...each))).size).toBe(all.length);
    }
  });

  it("is refused where a vendor leaves no room for it", () => {
    const tooLong = { prefix: "tnt", stack: "prod", tenant: "acme", tursoOrganization: "o".repeat(43) };
    expect(() => physicalNames(tooLong)).toThrow(tenantErrors.NAME_LIMIT.code);
    expect(() => physicalName(19, "tnt", "prod", "acme")).toThrow(TenantryError);
    expect(() => physicalName(20, "tnt", "prod", "acme")).not.toThrow();
  });
});

describe("the names of a tenant", () => {
  it("are one name where every vendor has room for it", () => {
    expect(physicalNames({ prefix: "tnt", stack: "prod", tenant: "acme", tursoOrganization: "acme-inc" })).toEqual({
      bucket: "tnt-prod-acme",
      app: "tnt-prod-acme",
      database: "tnt-prod-acme",
    });
  });

  it("leave room for the organisation in the database's host name", () => {
    fc.assert(
      fc.property(triple, fc.integer({ min: 1, max: 42 }), ([prefix, stack, tenant], length) => {
        const tursoOrganization = "o".repeat(length);
        const { bucket, app, database } = physicalNames({ prefix, stack, tenant, tursoOrganization });
        expect(`${database}-${tursoOrganization}`.length).toBeLessThanOrEqual(63);
        expect(Math.max(bucket.length, app.length)).toBeLessThanOrEqual(63);
      }),
    );
  });
});

describe("the name of a Turso group", () => {
  const of = {
    prefix: "tnt",
    stack: "prod",
    location: "aws-us-east-1",
    fleetId: "c0ffee".repeat(4),
    tursoOrganization: "acme",
  };

  it("ends in a mark of the fleet, so that a taken name is ours", () => {
    expect(groupName(of)).toMatch(/^tnt-prod-aws-us-east-1-[0-9a-f]{8}$/);
    expect(groupName({ ...of, fleetId: "decade".repeat(4) })).not.toBe(groupName(of));
    expect(groupName({ ...of, fleetId: "decade".repeat(4) }).slice(0, -8)).toBe(groupName(of).slice(0, -8));
  });

  it("is one per stack and location, and fits beside the organisation", () => {
    const name = fc.record({ prefix: part, stack: anyStack, location: fc.constantFrom(...TURSO_LOCATIONS) });
    fc.assert(
      fc.property(fc.array(name, { maxLength: 20 }), fc.integer({ min: 1, max: 30 }), (names, length) => {
        const tursoOrganization = "o".repeat(length);
        const all = names.map((each) => groupName({ ...each, fleetId: of.fleetId, tursoOrganization }));
        expect(new Set(all).size).toBe(
          new Set(names.map(({ prefix, stack, location }) => JSON.stringify([prefix, stack, location]))).size,
        );
        for (const each of all) {
          expect(each).toMatch(VALID_EVERYWHERE);
          expect(each.length).toBeLessThanOrEqual(tursoNameLimit(tursoOrganization));
        }
      }),
    );
  });
});

describe("the name of an app's network", () => {
  const of = { app: "tnt-prod-acme", fleetId: "c0ffee".repeat(4), stack: "prod", tenant: "acme" };

  it("begins with the app's name and ends in a mark that only this tenant of this fleet has", () => {
    expect(networkName(of)).toMatch(/^tnt-prod-acme-[0-9a-f]{12}$/);
    const others = [{ fleetId: "decade".repeat(4) }, { stack: "dev" }, { tenant: "beta" }];
    expect(new Set([of, ...others.map((other) => ({ ...of, ...other }))].map(networkName)).size).toBe(4);
  });

  it("keeps its mark beside the longest app name", () => {
    const long = networkName({ ...of, app: "a".repeat(63) });
    expect(long).toHaveLength(63);
    expect(long.slice(-13)).toBe(networkName(of).slice(-13));
  });
});
