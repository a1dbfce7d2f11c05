import { describe, expect, it } from "@jest/globals";

import { looksLikeSecret } from "../../../tenants/model/secret-likeness.ts";

describe("a text looks like a secret", () => {
  // Put together here, so that no scanner takes the test for a leak.
  it.each([
    ["tsec", "_abc"],
    ["AK", "IAIOSFODNN7EXAMPLE"],
    ["gh", "p_16C7e42F292c6912E7710c838347Ae178B4a"],
    ["sk", "_live_4eC39HqLyjWDarjtT1zdp7dc"],
    ["ey", "JhbGciOiJFZERTQSJ9.eyJhIjoicncifQ.x"],
    ["Fly", "V1 fm2_lJPECAAAAAAAAA"],
    ["-----BEGIN", " PRIVATE KEY-----"],
    ["libsql://db.example?auth", "Token=abc"],
    ["postgres://me:", "pw@host/db"],
    ["Zk3JkQpQp29s", "LxVb7Rt1WqYs"],
    ["  tsec", "_abc"],
  ])("as %s…", (start, end) => {
    expect(looksLikeSecret(start + end)).toBe(true);
  });

  it.each([
    "",
    "info",
    "https://example.org/path?q=token",
    "https://example.org/a@b:c",
    "c0ffee".repeat(10),
    "5f0c7a0e-6e1f-4f0e-9d5a-0a1b2c3d4e5f",
    "/usr/local/share/Some0Long1Path2/More3",
    "Nightjar Radio 24 hours a day, 7 days a week",
    "eyjafjallajokull",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaA1",
    "skylark",
    "Europe/Amsterdam",
    "team@example.com",
  ])("but not as %j", (text) => {
    expect(looksLikeSecret(text)).toBe(false);
  });
});
