import { describe, expect, it } from "@jest/globals";

import type { Plans } from "../../tenants/model/tenant-file.ts";
import { parsePlans } from "../../tenants/parse-plans.ts";
import { parseTenant } from "../../tenants/parse-tenant.ts";
import { committedPlans } from "./plans.ts";

const OWNER = "owner: a@b.example\n";

function read(text: string, file = "acme.yaml", plans: Plans = committedPlans()) {
  const parsed = parseTenant(OWNER + text, file, plans);
  return parsed.ok ? parsed.value : parsed.faults.map(({ path, code }) => `${path} ${code}`);
}

describe("a name that every object has", () => {
  it("is a tenant's id like any other", () => {
    expect(read("", "constructor.yaml")).toMatchObject({ id: "constructor", machine: { port: 8080 } });
  });

  it("is no plan because every object has it", () => {
    expect(read("plan: constructor\n")).toEqual(["plan not-one-of"]);
  });

  it("is a plan like any other where the file of plans has it", () => {
    const plans = parsePlans("standard: {}\nconstructor: { machine: { image: a/b:1, port: 99 } }\n", "plans.yaml");
    if (!plans.ok) throw new Error(JSON.stringify(plans.faults));
    expect(read("plan: constructor\n", "acme.yaml", plans.value)).toMatchObject({ machine: { port: 99 } });
  });

  it("is whose key a person works with, like any other", () => {
    const people = "access: [{ name: constructor, mode: read-only }, { name: eve, mode: read-write }]\n";
    expect(read(people)).toMatchObject({ access: [{ name: "constructor" }, { name: "eve" }] });
  });

  it.each(["constructor", "toString", "hasOwnProperty"])("is an unknown key like any other: %s", (name) => {
    expect(read(`${name}: {}\nmachine: { ${name}: 1 }\n`)).toEqual([
      `${name} unknown-key`,
      `machine.${name} unknown-key`,
    ]);
  });
});
