import { afterAll, beforeAll, describe } from "@jest/globals";

import { flyCases } from "./fly-cases.ts";
import { CASE_LIMIT_MS, days, type Ground, openGround } from "./ground.ts";
import { tigrisCases } from "./tigris-cases.ts";
import { tursoCases } from "./turso-cases.ts";

describe.each(days)("what tenantry relies on, on a %s day:", (day) => {
  let ground: Ground;
  beforeAll(async () => {
    ground = await openGround(day);
  }, CASE_LIMIT_MS);
  afterAll(() => ground.dispose(), CASE_LIMIT_MS);

  describe("Tigris", () => {
    tigrisCases(() => ground);
  });
  describe("Turso", () => {
    tursoCases(() => ground);
  });
  describe("Fly", () => {
    flyCases(() => ground);
  });
});
