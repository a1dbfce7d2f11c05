import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { namesAtVendors, ownerAtVendors } from "../../stack/names-at-vendors.ts";
import { parseSettings } from "../../stack/settings.ts";
import { importsOf } from "../../tools/import-graph.ts";

const ROOT = join(import.meta.dirname, "../..");
const SETTINGS = { fleetId: "0123456789abcdef", prefix: "tst", tursoOrganization: "org", flyOrganization: "org" };
const inGroup = (stack: string) => ({ stack, settings: parseSettings(stack, { ...SETTINGS, stackGroup: "prod" }) });

describe("a tenant's names at the vendors", () => {
  it("are those of its stack's group, whichever stack of the group it is in", () => {
    const names = { bucket: "tst-prod-acme", app: "tst-prod-acme", database: "tst-prod-acme" };
    const owner = { fleetId: SETTINGS.fleetId, stack: "prod", tenant: "acme" };
    for (const stack of ["prod-00", "prod-01"]) {
      expect(namesAtVendors(inGroup(stack), "acme")).toEqual(names);
      expect(ownerAtVendors(inGroup(stack), "acme")).toEqual(owner);
    }
    const alone = { stack: "dev", settings: parseSettings("dev", SETTINGS) };
    expect(namesAtVendors(alone, "acme").bucket).toBe("tst-dev-acme");
    expect(ownerAtVendors(alone, "acme").stack).toBe("dev");
  });

  it("come from this one place in all verbs, so that none asks the vendors for names that no tenant has", () => {
    const own = ["stack/names-at-vendors.ts", "components/fleet-context.ts", "operations/drift/ownership.ts"];
    const users = importsOf(ROOT).filter(({ to }) => to === "tenants/physical-name.ts");
    const others = users.filter(({ from }) => !own.includes(from) && !from.startsWith("tenants/"));
    expect(users.length).toBeGreaterThan(others.length);
    const building = others.filter(({ from }) => readFileSync(join(ROOT, from), "utf8").includes("physicalNames"));
    expect(building).toEqual([]);
  });
});
