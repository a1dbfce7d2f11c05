import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { exclusiveLock } from "../../stack/exclusive-lock.ts";
import { unwritable } from "../../stack/unwritable.ts";
import { itIf } from "../support/skip.ts";

const MODULE = join(import.meta.dirname, "../../stack/exclusive-lock.ts");
const canMount = process.getuid?.() === 0 && spawnSync("unshare", ["-m", "true"]).status === 0;

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tenantry-lock-"));
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

/** Takes a lock on a disk of its own, prepared by lines of shell, in a process of its own; answers what became of it. */
function onDisk(prepare: string): string {
  const script = `const { exclusiveLock } = await import(${JSON.stringify(MODULE)});
    try { const lock = exclusiveLock("locks/local.db"); console.log(lock === "held" ? "held" : "taken"); }
    catch (error) { console.log(error.code); }`;
  const line = `set -e; mount -t tmpfs -o size=64k tmpfs "$0"; cd "$0"; ${prepare}; exec "$@"`;
  const node = [process.execPath, "--disable-warning=ExperimentalWarning", "--input-type=module", "-e", script];
  return spawnSync("unshare", ["-m", "sh", "-c", line, dir, ...node], { encoding: "utf8" }).stdout.trim();
}

function taken(path: string): string {
  try {
    const lock = exclusiveLock(path);
    if (lock === "held") return "held";
    lock.release();
    return "taken";
  } catch (error) {
    return error instanceof TenantryError ? error.code : "another error";
  }
}

describe("the lock of a file", () => {
  it("is held by one only, and free when it is released", () => {
    const path = join(dir, "locks/local.db");
    const first = exclusiveLock(path);
    expect(taken(path)).toBe("held");
    if (first !== "held") first.release();
    expect(taken(path)).toBe("taken");
  });

  it.each([
    ["an empty file", ""],
    ["a file cut short", "SQLite format 3\0"],
    ["a file of something else", "x".repeat(5000)],
  ])("is taken although %s lies there", (_, text) => {
    writeFileSync(join(dir, "local.db"), text);
    expect(taken(join(dir, "local.db"))).toBe("taken");
  });

  it("is told of as not writable where a file has the folder's name, or a folder the file's", () => {
    writeFileSync(join(dir, "file"), "");
    mkdirSync(join(dir, "folder.db"));
    expect(taken(join(dir, "file/local.db"))).toBe("NOT_WRITABLE");
    expect(taken(join(dir, "folder.db"))).toBe("NOT_WRITABLE");
  });

  for (const [code, title, prepare] of [
    ["NO_SPACE", "is full", "mkdir locks; cat /dev/zero >filler 2>/dev/null || :"],
    [
      "NO_SPACE",
      "is full and has a lock of before",
      "mkdir locks; : >locks/local.db; cat /dev/zero >f 2>/dev/null || :",
    ],
    ["NOT_WRITABLE", "is read-only", 'mkdir locks; mount -o remount,ro "$0"'],
    ["NOT_WRITABLE", "is read-only and has nothing yet", 'mount -o remount,ro "$0"'],
    ["taken", "is fine", ":"],
  ] as const)
    itIf(canMount, "only root can mount a disk of its own")(`ends in ${code} where the disk ${title}`, () => {
      expect(onDisk(prepare)).toBe(code);
    });
});

describe("an error of the system", () => {
  const failure = (more: object) => Object.assign(new Error("said so"), more);
  it.each([
    ["NO_SPACE", failure({ code: "ENOSPC", path: "/home/x" })],
    ["NO_SPACE", failure({ code: "EDQUOT" })],
    ["NO_SPACE", failure({ errcode: 13 })],
    ["NOT_WRITABLE", failure({ code: "EROFS" })],
    ["NOT_WRITABLE", failure({ code: "EACCES" })],
    ["NOT_WRITABLE", failure({ errcode: 8 | (2 << 8) })],
  ])("is told of as %s", (code, error) => {
    expect(unwritable("/home/y", error)).toMatchObject({ code });
  });

  it("that says nothing of a disk is left as it is", () => {
    const error = failure({ code: "ECONNREFUSED" });
    expect(unwritable("/home/y", error)).toBe(error);
  });
});
