import { describe, expect, it } from "@jest/globals";

import { guardedLocations } from "../../components/groups.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import type { TursoLocation } from "../../tenants/regions.ts";

function tenant(state: Tenant["state"], location?: TursoLocation): Pick<Tenant, "state" | "database"> {
  return {
    state,
    database: location === undefined ? { engine: "none" } : { engine: "turso", location },
  };
}

describe("a database group", () => {
  it("is protected as long as one of its tenants is, and no longer", () => {
    const leaving = [tenant("offboarding", "aws-us-east-1"), tenant("purged", "aws-us-east-1")];
    expect(guardedLocations(leaving)).toEqual(new Set());
    expect(guardedLocations([...leaving, tenant("suspended", "aws-us-east-1")])).toEqual(new Set(["aws-us-east-1"]));
  });

  it("is not protected by tenants elsewhere, nor by those without a database", () => {
    const tenants = [tenant("offboarding", "aws-us-east-1"), tenant("active", "aws-eu-west-1"), tenant("active")];
    expect(guardedLocations(tenants)).toEqual(new Set(["aws-eu-west-1"]));
  });
});
