import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

const UPLOADS = join(import.meta.dirname, "../../container/uploads.sh");
const DENIED = "ServiceUnavailable: Reduce your rate\n\tstatus code: 503, request id: 7F, host id: ";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tenantry-uploads-"));
  mkdirSync(join(dir, "state"));
  mkdirSync(join(dir, "mount"));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

/** What is said to be missing after these lines of TigrisFS, when fsync fails for the files of `pending` alone. */
function missing(
  messages: readonly string[],
  { pending = [], uploaded = [], at = Date.now() / 1000 }: Files,
): string[] {
  for (const name of [...pending, ...uploaded]) writeFileSync(join(dir, "mount", name), "");
  const lines = messages.map((message) => JSON.stringify({ level: "warn", time: Math.floor(at), message }));
  writeFileSync(join(dir, "pending"), pending.map((name) => `${name}\n`).join(""));
  const script = `. "$1"
    say() { printf '%s\\n' "$*" >&2; }
    sync() { ! grep -qxF -- "\${2#"$mount_dir/"}" "$state_dir/../pending"; }
    state_dir=$2/state mount_dir=$2/mount noted=0 refused=''
    echo running >"$state_dir/state"
    : >"$state_dir/failed"
    while IFS= read -r line; do note_failure "$line"; done
    unsettled`;
  const ran = spawnSync("sh", ["-c", script, "sh", UPLOADS, dir], {
    input: lines.map((line) => `${line}\n`).join(""),
    encoding: "utf8",
  });
  expect(ran.stderr).toBe("");
  return [...new Set(ran.stdout.split("\n").filter((line) => line !== ""))].sort();
}

interface Files {
  readonly pending?: readonly string[];
  readonly uploaded?: readonly string[];
  /** When it failed: seconds. */
  readonly at?: number;
}

const LONG_AGO = Date.now() / 1000 - 600;

describe("what TigrisFS has not uploaded", () => {
  it.each([
    ["a colon", "Report: final.md"],
    ["two colons", "a: b: c.md"],
    ["a colon at its end", "what: "],
    ["blanks around it", "  two  blanks "],
    ["quotes and a backslash", 'say "yes" \\o'],
    ["words of TigrisFS's own", "part 3 of object x to flush it"],
  ])("is reported by its whole name: with %s", (_, name) => {
    const files = { pending: [name], uploaded: ["Report", "a", "a: b"], at: LONG_AGO };
    expect(missing([`Failed to flush small file ${name}: ${DENIED}`], files)).toEqual([name]);
  });

  it("is reported too when it was to be deleted, renamed or patched, until TigrisFS has had the time to try again", () => {
    const messages = [
      `Failed to delete object Report: final.md: ${DENIED}`,
      `Failed to load part 3 of object part: 4 to flush it: ${DENIED}`,
      `Failed to copy notes to self.md to done: self.md (rename): ${DENIED}`,
    ];
    expect(missing(messages, { uploaded: ["Report"] })).toEqual(
      expect.arrayContaining(["Report: final.md", "part: 4", "done: self.md"]),
    );
    expect(missing(messages, { uploaded: ["Report"], at: LONG_AGO })).toEqual([]);
  });

  it("is reported when its name does not come through the log, since then nothing can prove it", () => {
    const told = missing([`Failed to flush small file x\u001b.md: ${DENIED}`], { at: LONG_AGO });
    expect(told).toEqual(["x\\u001b.md"]);
  });

  it("is not reported when it has been uploaded since", () => {
    const messages = ["Report: final.md", "line\nbreak\n"].map(
      (name) => `Failed to flush small file ${name}: ${DENIED}`,
    );
    const uploaded = ["Report: final.md", "line\nbreak\n"];
    expect(missing(messages, { uploaded, at: LONG_AGO })).toEqual([]);
  });
});
