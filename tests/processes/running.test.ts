import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
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
