import { describe, expect, it } from "@jest/globals";

import { homeOf } from "../../stack/home.ts";

describe("the home", () => {
  it.each([
    ["is the project's own where nothing is said", undefined, "/project/.tenantry"],
    ["is the project's own where nothing is said in as many words", "", "/project/.tenantry"],
    ["is the project's own where only blanks are said", "  ", "/project/.tenantry"],
    ["lies where it is said to", "/var/tenantry", "/var/tenantry"],
    ["lies below the project when it is relative, from wherever it is asked for", "homes/a", "/project/homes/a"],
    ["is one folder however it is written", "./homes//a/../a/", "/project/homes/a"],
    ["may lie beside the project", "../shared", "/shared"],
  ])("%s", (_, given, expected) => {
    expect(homeOf("/project", given === undefined ? {} : { TENANTRY_HOME: given })).toBe(expected);
  });
});
