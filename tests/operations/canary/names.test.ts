import { describe, expect, it } from "@jest/globals";

import { canaryNames, canaryOf, idOf } from "../../../operations/canary/names.ts";
import { begunAt } from "../../../stack/run-ledger.ts";
import { BUCKET_NAME_LIMIT, tursoNameLimit } from "../../../tenants/physical-name.ts";

const fleet = { fleetId: "0123456789abcdef", stack: "prod" };
const now = new Date("2026-11-26T20:15:30Z");
const named = (more: Partial<Parameters<typeof canaryNames>[0]> = {}) =>
  canaryNames({ ...fleet, prefix: "acme", tursoOrganization: "acme", ...more }, now);

describe("the names of a canary", () => {
  it("say whose they are, and when it began", () => {
    const { name, owner } = named();
    expect(canaryOf(name(), fleet)).toEqual(owner);
    expect(canaryOf(name("a"), fleet)).toEqual(owner);
    expect(begunAt(idOf(owner))).toEqual(new Date("2026-11-26T20:15:00Z"));
  });

  it("do not match another stack or fleet, another mark, or a tenant", () => {
    const name = named().name();
    expect(canaryOf(name, { ...fleet, stack: "dev" })).toBeUndefined();
    expect(canaryOf(name, { ...fleet, fleetId: "fedcba9876543210" })).toBeUndefined();
    expect(canaryOf(`${name.slice(0, -1)}${name.endsWith("0") ? "1" : "0"}`, fleet)).toBeUndefined();
    expect(canaryOf(`${name}-data`, fleet)).toBeUndefined();
    expect(canaryOf("acme-prod-canary", fleet)).toBeUndefined();
  });

  it("fit every vendor, however long prefix and organisation are, and differ each time", () => {
    const tursoOrganization = "o".repeat(28);
    const names = named({ prefix: "a-prefix-of-15c", tursoOrganization });
    expect(names.name("a").length).toBeLessThanOrEqual(Math.min(BUCKET_NAME_LIMIT, tursoNameLimit(tursoOrganization)));
    expect(names.name()).toMatch(/^[a-z](?:[a-z0-9]|-(?=[a-z0-9]))*$/);
    expect(named().name()).not.toBe(named().name());
  });
});
