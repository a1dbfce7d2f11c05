import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { refuseUnwritable, writeInside, writeNamed, writeOwnFile } from "../../output/written-file.ts";

let dir: string;
let outside: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tenantry-inside-"));
  outside = mkdtempSync(join(tmpdir(), "tenantry-outside-"));
});

afterEach(() => {
  for (const each of [dir, outside]) rmSync(each, { recursive: true });
});

describe("a file below a folder of the project", () => {
  it("is written with the folders on the way", () => {
    const path = writeInside(dir, ["emitted", "local", "a.env"], "A=1\n");
    expect(readFileSync(path, "utf8")).toBe("A=1\n");
    writeInside(dir, ["emitted", "local", "a.env"], "A=2\n");
    expect(readFileSync(path, "utf8")).toBe("A=2\n");
    expect(() => writeInside(dir, ["emitted", "local", "a.env"], "A=3\n", "wx")).toThrow("NOT_WRITABLE");
    expect(readFileSync(path, "utf8")).toBe("A=2\n");
  });

  it.each([
    ["the first folder", ["emitted"]],
    ["a folder further down", ["emitted", "local"]],
    ["the file itself", ["emitted", "local", "a.env"]],
  ])("leads nowhere else: %s that is a link is refused, and nothing is written", (_what, link) => {
    writeFileSync(join(outside, "a.env"), "theirs");
    mkdirSync(join(dir, ...link, ".."), { recursive: true });
    symlinkSync(link.length === 3 ? join(outside, "a.env") : outside, join(dir, ...link));
    expect(() => writeInside(dir, ["emitted", "local", "a.env"], "A=1\n")).toThrow("FILE_LEADS_OUT");
    expect(readdirSync(outside)).toEqual(["a.env"]);
    expect(readFileSync(join(outside, "a.env"), "utf8")).toBe("theirs");
  });

  it("is not made through a link to nothing either", () => {
    symlinkSync(join(outside, "new"), join(dir, "a.env"));
    expect(() => writeInside(dir, ["a.env"], "A=1\n", "wx")).toThrow("FILE_LEADS_OUT");
    expect(existsSync(join(outside, "new"))).toBe(false);
  });
});

describe("a file that the user named", () => {
  it("is written where it is, through a link as well", () => {
    symlinkSync(join(outside, "report.html"), join(dir, "report.html"));
    writeNamed(join(dir, "report.html"), "<p>");
    expect(readFileSync(join(outside, "report.html"), "utf8")).toBe("<p>");
  });

  it("is said to be unwritable with a code when it is", () => {
    expect(() => {
      writeNamed(join(dir, "missing", "x"), "");
    }).toThrow(/^NOT_WRITABLE: .*ENOENT[^]*next: /);
    expect(() => {
      writeNamed(dir, "");
    }).toThrow(/^NOT_WRITABLE: .*EISDIR/);
    expect(() => {
      writeNamed("/proc/nothing", "");
    }).toThrow("NOT_WRITABLE");
  });

  it("is found to be unwritable before the work whose result it is to hold", () => {
    for (const file of [join(dir, "missing", "x"), dir, "/proc/nothing"])
      expect(() => refuseUnwritable(undefined, file)).toThrow("NOT_WRITABLE");
  });

  it("is left as it is by that look, and not made by it, not even through a link", () => {
    writeFileSync(join(dir, "old.html"), "<p>");
    symlinkSync(join(outside, "new.html"), join(dir, "link.html"));
    refuseUnwritable(join(dir, "old.html"), join(dir, "new.html"), join(dir, "link.html"));
    expect(readFileSync(join(dir, "old.html"), "utf8")).toBe("<p>");
    expect([readdirSync(dir).sort(), readdirSync(outside)]).toEqual([["link.html", "old.html"], []]);
  });

  it("holds a secret only when it is new, and then for its owner alone", () => {
    const file = join(dir, "key");
    writeOwnFile(file, "secret");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(() => {
      writeOwnFile(file, "other");
    }).toThrow("SECRET_FILE_EXISTS");
    symlinkSync(join(outside, "key"), join(dir, "link"));
    expect(() => {
      writeOwnFile(join(dir, "link"), "other");
    }).toThrow("SECRET_FILE_EXISTS");
    expect(existsSync(join(outside, "key"))).toBe(false);
  });
});
