import { describe, expect, it } from "@jest/globals";

import { stackErrors } from "../../stack/errors.ts";
import { parseSettings } from "../../stack/settings.ts";

const SETTINGS = { fleetId: "ab".repeat(16), prefix: "tnt", tursoOrganization: "acme", flyOrganization: "acme" };

describe("the settings of a stack", () => {
  it.each([
    [undefined, false],
    ["true", true],
    ["false", false],
    [true, true],
  ])("name buckets in the path only where they say so: %p", (tigrisPathStyle, said) => {
    const given = tigrisPathStyle === undefined ? {} : { tigrisPathStyle };
    expect(parseSettings("dev", { ...SETTINGS, ...given })).toMatchObject({ tigrisPathStyle: said });
    expect(() => parseSettings("dev", { ...SETTINGS, tigrisPathStyle: "no" })).toThrow("expected true or false");
  });

  it("do not take Fly's alias personal, which reads back as another slug and would replace every app", () => {
    expect(parseSettings("dev", SETTINGS)).toMatchObject({ flyOrganization: "acme" });
    expect(() => parseSettings("dev", { ...SETTINGS, flyOrganization: "personal" })).toThrow(
      expect.objectContaining({ kind: stackErrors.STACK_SETTINGS, message: expect.stringContaining("fly orgs list") }),
    );
  });
});
