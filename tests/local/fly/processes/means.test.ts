import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { findMeans } from "../../../../local/fly/machines/processes/means.ts";
import { machinesRun, whyNoMachine } from "../../../container/machine.ts";
import { itIf } from "../../../support/skip.ts";

let bin: string;

beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), "tenantry-means-"));
});

afterEach(() => {
  rmSync(bin, { recursive: true });
});

describe("the programs of machines", () => {
  const env = () => ({ PATH: `${bin}:${process.env["PATH"] ?? ""}` });

  itIf(machinesRun, whyNoMachine)("are those that are there when a machine starts, as what their links lead to", () => {
    const means = findMeans(env());
    if ("missing" in means) throw new Error(means.missing);
    const before = means.programs();
    expect([...before.keys()]).toEqual(expect.arrayContaining(["node", "tigrisfs", "fusermount3"]));
    writeFileSync(join(bin, "later"), "");
    symlinkSync("later", join(bin, "litestream"));
    expect(before.get("litestream")).not.toBe(join(bin, "later"));
    expect(means.programs().get("litestream")).toBe(join(bin, "later"));
  });

  it("are told to be missing where one is absent that every machine needs", () => {
    expect(findMeans({ PATH: bin })).toHaveProperty("missing");
  });
});
