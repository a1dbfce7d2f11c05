import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { hasProgram } from "../support/programs.ts";
import { itIf } from "../support/skip.ts";

const tools = join(import.meta.dirname, "../../tools");
const LINES = ["one", "two", "", "four", "five", "six", "seven", "eight", "nine"];
const GO_MOD = `module here

tool example.com/program/cmd/program

require (
\texample.com/program v1.0.0 // indirect
)
`;
const PATCH = `Why it is.

--- a/core/dir.go
+++ b/core/dir.go
@@ -1,3 +1,4 @@ in here
+zero
 one
 two
 
@@ -6,4 +7,3 @@ and there
 six
-seven
-eight
+7 and 8
 nine
`;

const hasGo = hasProgram("go");
const WHY = "there is no `go` to build tools/patched with";

describe("tools/patched", () => {
  let dir = "";
  beforeAll(() => {
    if (!hasGo) return;
    dir = mkdtempSync(join(tmpdir(), "tenantry-patched-"));
    mkdirSync(join(dir, "bin"));
    execFileSync("go", ["build", "-C", join(tools, "tigrisfs"), "-o", join(dir, "patched"), "../patched/main.go"]);
    // Keeps no module: answers where this test has laid one, and lets the edit of go.mod be.
    writeFileSync(join(dir, "bin/go"), `#!/bin/sh\n[ "$2" = edit ] || echo '{ "Dir": "${dir}/module" }'\n`);
    chmodSync(join(dir, "bin/go"), 0o755);
  }, 120_000);
  beforeEach(() => {
    if (!hasGo) return;
    for (const folder of ["module/core", "here/patches"]) mkdirSync(join(dir, folder), { recursive: true });
    const text = `${LINES.join("\n")}\n`;
    writeFileSync(join(dir, "module/core/dir.go"), text);
    const sum = createHash("sha256").update(text).digest("hex");
    writeFileSync(join(dir, "here/patches/originals.sha256"), `${sum}  core/dir.go\n`);
    writeFileSync(join(dir, "here/patches/1-a.patch"), PATCH);
    writeFileSync(join(dir, "here/go.mod"), GO_MOD);
    writeFileSync(join(dir, "here/go.sum"), "");
  });
  afterAll(() => {
    if (hasGo) rmSync(dir, { recursive: true, force: true });
  });

  function run(): { code: number | null; words: string } {
    const { status, stderr } = spawnSync(join(dir, "patched"), [join(dir, "made")], {
      cwd: join(dir, "here"),
      env: { PATH: `${dir}/bin:/usr/bin:/bin` },
      encoding: "utf8",
    });
    return { code: status, words: stderr };
  }

  itIf(hasGo, WHY)("lays out the module with its patches applied, line by line", () => {
    expect(run()).toEqual({ code: 0, words: "" });
    expect(readFileSync(join(dir, "made/source/core/dir.go"), "utf8").split("\n")).toEqual([
      "zero",
      "one",
      "two",
      "",
      "four",
      "five",
      "six",
      "7 and 8",
      "nine",
      "",
    ]);
    expect(readFileSync(join(dir, "module/core/dir.go"), "utf8")).toBe(`${LINES.join("\n")}\n`);
  });

  itIf(hasGo, WHY)("stops with words where a file is not the one that the patches were made for", () => {
    writeFileSync(join(dir, "module/core/dir.go"), `${LINES.join("\n")}\nten\n`);
    const { code, words } = run();
    expect(code).toBe(1);
    expect(words).toContain("core/dir.go of this program is not the one that tools/program/patches were made for");
  });

  itIf(hasGo, WHY)("stops where no module of go.mod holds the program", () => {
    writeFileSync(join(dir, "here/go.mod"), GO_MOD.replace("program v1", "other v1"));
    const { code, words } = run();
    expect(code).toBe(1);
    expect(words).toContain('go.mod names no module that its tool "example.com/program/cmd/program" lies in');
  });

  itIf(hasGo, WHY)("stops where a patch does not fit the patches before it", () => {
    writeFileSync(join(dir, "here/patches/2-b.patch"), PATCH);
    expect(run()).toEqual({ code: 1, words: expect.stringContaining("patches/2-b.patch does not fit") });
    rmSync(join(dir, "here/patches/2-b.patch"));
  });
});

describe.each(["tigrisfs", "versitygw"])("tools/%s/patches", (program) => {
  it("say each at its head what it is for, and name every file that they change among the originals", () => {
    const folder = join(tools, program, "patches");
    const originals = readFileSync(join(folder, "originals.sha256"), "utf8");
    const kept = originals.match(/\S+\.go$/gm);
    const names = readdirSync(folder).filter((name) => name.endsWith(".patch"));
    const texts = names.map((name) => readFileSync(join(folder, name), "utf8"));
    for (const text of texts) expect(text).toMatch(/^[A-Z][^]*?\n\n--- a\//);
    const changed = new Set(texts.flatMap((text) => [...text.matchAll(/^--- a\/(.*)$/gm)].map(([, name]) => name)));
    expect([...changed].sort()).toEqual(kept);
  });
});
