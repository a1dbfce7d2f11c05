import { afterAll, beforeAll, describe } from "@jest/globals";

import { flyCases } from "./fly-cases.ts";
import { CASE_LIMIT_MS, days, type ScratchTenants, openScratchTenants } from "./scratch-tenants.ts";
import { tigrisCases } from "./tigris-cases.ts";
import { tursoCases } from "./turso-cases.ts";

describe.each(days)("what tenantry relies on, on a %s day:", (day) => {
  let scratch: ScratchTenants;
  beforeAll(async () => {
    scratch = await openScratchTenants(day);
  }, CASE_LIMIT_MS);
  afterAll(() => scratch.dispose(), CASE_LIMIT_MS);

  describe("Tigris", () => {
    tigrisCases(() => scratch);
  });
  describe("Turso", () => {
    tursoCases(() => scratch);
  });
  describe("Fly", () => {
    flyCases(() => scratch);
  });
});
