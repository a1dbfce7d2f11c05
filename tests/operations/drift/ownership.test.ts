import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";

import { holderOf, holderOfNetwork, isOurGroup, type Stack } from "../../../operations/drift/ownership.ts";
import { groupName, networkName, physicalName, tenantOfName } from "../../../tenants/physical-name.ts";
import { anyId } from "../../tenants/any-tenant.ts";

const FLEET = "0123456789abcdef";
const ours: Stack = {
  prefix: "acme",
  stack: "prod",
  fleetId: FLEET,
  tenants: new Map([["acme-prod-bakery", "bakery"]]),
  others: new Set(["acme-prod-shared"]),
  elsewhere: new Set(),
  sharesGroups: false,
};

describe("whose a thing at a vendor is", () => {
  it("is what its mark says, whatever its name", () => {
    expect(holderOf("anything", `${FLEET}/prod/bakery`, ours)).toEqual({ tenant: "bakery" });
    expect(holderOf("acme-prod-bakery", `${FLEET}/prod-00/bakery`, ours)).toBe("other");
    expect(holderOf("acme-prod-bakery", `fedcba9876543210/prod/bakery`, ours)).toBe("other");
    expect(holderOf("acme-prod-bakery", "written by hand", ours)).toBe("other");
  });

  it("shows in the name of a stack's own tenants only: a stack whose name goes on with a number is another", () => {
    expect(holderOf("acme-prod-zeta", undefined, ours)).toEqual({ tenant: "zeta" });
    for (const name of ["acme-prod-00-zeta", "acme-prod2-zeta", "acme-dev-zeta", "acme-prod", "acmeprod-x", "blog"]) {
      expect([name, holderOf(name, undefined, ours)]).toEqual([name, "other"]);
    }
  });

  it("is another stack's when that one's files declare the name", () => {
    expect(holderOf("acme-prod-shared", undefined, ours)).toBe("other");
  });

  it("is unclear of a name that ends in a hash, for many stacks could have made it", () => {
    expect(holderOf("acme-prod-eu-zeta-0123456789ab", undefined, ours)).toBe("unclear");
    expect(holderOf("other-prod-zeta-0123456789ab", undefined, ours)).toBe("other");
  });

  it("shows in the network of an app that is its tenant's claim", () => {
    const network = (stack: string) => networkName({ app: "acme-prod-zeta", fleetId: FLEET, stack, tenant: "zeta" });
    expect(holderOfNetwork("acme-prod-zeta", network("prod"), ours)).toEqual({ tenant: "zeta" });
    expect(holderOfNetwork("acme-prod-zeta", network("dev"), ours)).toBe("other");
    expect(holderOfNetwork("acme-prod-zeta", "acme-prod-zeta", ours)).toBeUndefined();
  });

  it("shows in the end of a group's name", () => {
    const group = (stack: string, fleetId: string) =>
      groupName({ prefix: "acme", stack, location: "aws-eu-west-1", fleetId, tursoOrganization: "acme" });
    expect(isOurGroup(group("prod", FLEET), ours)).toBe(true);
    expect(isOurGroup(group("prod-00", FLEET), ours)).toBe(false);
    expect(isOurGroup(group("prod", "fedcba9876543210"), ours)).toBe(false);
    expect(isOurGroup("default", ours)).toBe(false);
  });
});

describe("a plain name", () => {
  it("reads back as its own tenant, and never as one of another stack", () => {
    const anyStack = fc.constantFrom("prod", "prod-00", "prod-01", "dev", "local", "prod-00-1a");
    fc.assert(
      fc.property(anyStack, anyStack, anyId, (stack, asked, tenant) => {
        const name = physicalName(63, "acme", stack, tenant);
        const read = tenantOfName(name, "acme", asked);
        const isPlain = name === `acme-${stack}-${tenant}`;
        expect(read).toBe(isPlain && stack === asked ? tenant : undefined);
      }),
    );
  });
});
