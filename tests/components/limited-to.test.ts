import { describe, expect, it } from "@jest/globals";

import { limitedTo } from "../../components/limited-to.ts";

describe("a run of the program", () => {
  it("makes all tenants, unless tenantry limits it", () => {
    expect(limitedTo({})).toBeUndefined();
    expect(limitedTo({ TENANTRY_RUN: "1 2 home/local" })).toBeUndefined();
    expect(limitedTo({ TENANTRY_RUN: "1 2 home/local", TENANTRY_LIMITED_TO: "acme,beta" })).toEqual(
      new Set(["acme", "beta"]),
    );
  });

  it("refuses a limit that is left over in somebody's shell, for plain pulumi would delete all others", () => {
    expect(() => limitedTo({ TENANTRY_LIMITED_TO: "acme" })).toThrow("Pulumi would delete every tenant");
  });
});
