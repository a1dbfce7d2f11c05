import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, it } from "@jest/globals";

import { runningName } from "../../processes/running.ts";

describe.each([
  ["by /proc", "/proc"],
  ["by ps, where there is no /proc", "/nowhere"],
])("the name of a process, %s", (_how, proc) => {
  it("is there while it runs, and gone with it", async () => {
    const child = spawn("sleep", ["60"]);
    await once(child, "spawn");
    expect(runningName(child.pid ?? 0, proc)).toBe("sleep");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(runningName(child.pid ?? 0, proc)).toBeUndefined();
  });

  it("is gone for one that has ended and only waits to be buried", async () => {
    // The shell could bury it, as long as it is one; `sleep` never does.
    const script = "exec 3<&0; cat <&3 & echo $!; exec sleep 60";
    const parent = spawn("sh", ["-c", script], { stdio: ["pipe", "pipe", "ignore"] });
    const pid = Number(await once(parent.stdout, "data"));
    while (runningName(parent.pid ?? 0, proc) !== "sleep" || runningName(pid, proc) !== "cat") await sleep(20);
    parent.stdin.end();
    while (!spawnSync("ps", ["-p", String(pid), "-o", "stat="], { encoding: "utf8" }).stdout.startsWith("Z"))
      await sleep(20);
    expect(runningName(pid, proc)).toBeUndefined();
    parent.kill();
    await once(parent, "exit");
  });
});

it("the name of a process is gone while it ends, though the kernel still has it as running", () => {
  const proc = mkdtempSync(join(tmpdir(), "tenantry-proc-"));
  mkdirSync(join(proc, "self"));
  mkdirSync(join(proc, "42"));
  // As Linux 6 wrote it of a program with much memory, 8 ms after it was killed.
  const record = (flags: number) => `42 (pulumi) R 1 42 42 0 -1 ${flags} 900 0 0 0 40 12 0 0 20 0 9 0 186423 0 0\n`;
  try {
    writeFileSync(join(proc, "42/stat"), record(0x400408));
    expect(runningName(42, proc)).toBe("pulumi");
    writeFileSync(join(proc, "42/stat"), record(0x40040c));
    expect(runningName(42, proc)).toBeUndefined();
  } finally {
    rmSync(proc, { recursive: true });
  }
});
