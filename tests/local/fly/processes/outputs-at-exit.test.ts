import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { outputsAtExit } from "../../../../local/fly/machines/processes/outputs-at-exit.ts";

const MOST = 1024;
const run = (script: string) => spawn("sh", ["-c", script], { stdio: ["pipe", "pipe", "pipe"] });
const outputsOf = (child: ReturnType<typeof run>) => outputsAtExit(child, MOST, () => child.kill("SIGKILL"));

/** Lets nothing else happen in this process until the other one has ended. */
function standStillUntilEnded({ pid }: ChildProcess): void {
  while (!/^\d+ \(.*\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8")));
}

describe("what a process has said when it ends", () => {
  it("is all there, also of one whose end is told together with another's, before its pipes were looked into", async () => {
    const [first, second] = [run("echo first"), run("read -r go; echo second; echo more >&2; exit 3")];
    const ended = Promise.all([outputsOf(first), outputsOf(second)]);
    // Heard in the same round of the event loop as the end of the first; of the second nothing lies in its pipes yet.
    first.stdout.once("data", () => {
      second.stdin.write("go\n");
      standStillUntilEnded(second);
    });
    standStillUntilEnded(first);
    expect(await ended).toEqual([
      { exitCode: 0, stdout: "first\n", stderr: "" },
      { exitCode: 3, stdout: "second\n", stderr: "more\n" },
    ]);
  });

  it("is not waited for where something in the background has the pipes still open", async () => {
    const dir = mkdtempSync(join(tmpdir(), "tenantry-test-"));
    expect(await outputsOf(run(`(while [ -e ${dir} ]; do sleep 0.1; done) & echo early`))).toMatchObject({
      exitCode: 0,
      stdout: "early\n",
    });
    rmSync(dir, { recursive: true });
  });

  it("is too much beyond what is kept, and tells so at once", async () => {
    expect(await outputsOf(run("while :; do echo more and more; done"))).toBe("too much");
  });
});
