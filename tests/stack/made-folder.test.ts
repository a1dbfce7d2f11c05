import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { stackErrors } from "../../stack/errors.ts";
import { makeFolder } from "../../stack/made-folder.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tenantry-folder-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

describe("a folder that somebody named", () => {
  it("is made with those on the way, and stays as it is where it is there", () => {
    const deep = join(dir, "a/b/c");
    makeFolder(deep, 0o700);
    writeFileSync(join(deep, "file"), "");
    makeFolder(deep);
    expect([existsSync(join(deep, "file")), statSync(join(dir, "a")).mode & 0o777]).toEqual([true, 0o700]);
  });

  it("is said not to be writable where a file is in its place, or on the way to it", () => {
    writeFileSync(join(dir, "file"), "");
    for (const path of ["file", "file/below"])
      expect(() => {
        makeFolder(join(dir, path));
      }).toThrow(stackErrors.NOT_WRITABLE.code);
  });

  it("ends by an error where a folder that is there takes no new one by ENOENT: Node's own way never returns", () => {
    // In a process of its own, which can be ended: what never returns would take this test along.
    const module = pathToFileURL(join(import.meta.dirname, "../../stack/made-folder.ts")).href;
    const program = `import { makeFolder } from ${JSON.stringify(module)}; makeFolder("/proc/tenantry/below");`;
    const ran = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
      encoding: "utf8",
      timeout: 60_000,
      killSignal: "SIGKILL",
    });
    expect(ran).toMatchObject({ status: 1, stderr: expect.stringContaining("NOT_WRITABLE") as unknown });
  }, 90_000);
});
