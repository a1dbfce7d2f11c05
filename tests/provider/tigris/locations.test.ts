import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import {
  canonicalLocations,
  locationsInput,
  shownLocations,
  wireLocations,
} from "../../../provider/tigris/locations.ts";

const CODES = ["ams", "fra", "gru", "iad", "jnb", "lhr", "nrt", "ord", "sin", "sjc", "syd"];
const codes = fc.uniqueArray(fc.constantFrom(...CODES), { minLength: 1, maxLength: 2 });

describe("the locations of a bucket", () => {
  it.each([
    ["global", "global"],
    [["global"], "global"],
    ["usa", "usa"],
    [["eur"], "eur"],
    ["iad", "iad"],
    [["iad"], "iad"],
    ["iad,fra", "fra,iad"],
    ["iad, fra", "fra,iad"],
    [["iad", "fra"], "fra,iad"],
  ])("%j are %s", (given, canonical) => {
    expect(canonicalLocations(given)).toBe(canonical);
  });

  it.each([
    ["fra,iad,lhr"],
    ["fra,fra"],
    ["usa,eur"],
    ["usa,iad"],
    ["global,iad"],
    ["FRA"],
    ["frankfurt"],
    ["fra,"],
    [[]],
  ])("%j are none", (given) => {
    expect(canonicalLocations(given)).toBeUndefined();
    expect(locationsInput.safeParse(given).success).toBe(false);
  });

  it("are refused when empty, although Tigris writes global so", () => {
    expect(locationsInput.safeParse("").success).toBe(false);
    expect(shownLocations("")).toBe("global");
    expect(shownLocations(undefined)).toBe("global");
    expect(wireLocations("global")).toBe("");
  });

  it("mean the same in any order, and read back as they were declared", () => {
    fc.assert(
      fc.property(codes, (given) => {
        const canonical = locationsInput.parse(given);
        expect(locationsInput.parse(given.toReversed())).toBe(canonical);
        expect(locationsInput.parse(canonical)).toBe(canonical);
        expect(shownLocations(wireLocations(canonical))).toBe(canonical);
        expect(shownLocations(given.join(", "))).toBe(canonical);
      }),
    );
  });

  it("are shown word for word when we don't know the form", () => {
    expect(shownLocations("fra,iad,lhr")).toBe("fra,iad,lhr");
    expect(shownLocations(["usa", "eur"])).toBe("usa,eur");
  });
});
