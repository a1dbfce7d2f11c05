import { readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect } from "@jest/globals";

import { itIf } from "../support/skip.ts";
import { type Machine, machinesRun, whyNoMachine } from "./machine.ts";
import { tenants } from "./tenants.ts";

const { start, tenant, clear, dispose } = tenants();
beforeAll(start);
afterEach(clear);
afterAll(dispose);

const LOST =
  "tenantry: the mount was lost while the app ran: what was not uploaded yet is gone; the machine has to start anew";
const app = ["sh", "-c", 'cd "$MOUNT_PATH"; echo up; while :; do sleep 0.1; done'];
const lastLine = (log: string) => log.trimEnd().split("\n").at(-1);

function tigrisfsOf(machine: Machine): number {
  return machine.pidsOf("tigrisfs")[0] ?? Number.NaN;
}

describe("a machine that loses its mount", () => {
  itIf(machinesRun, whyNoMachine)(
    "by kill -9 of TigrisFS ends the app at once, with an error, so that Fly starts it anew",
    async () => {
      const one = await tenant();
      const machine = one.machine(app);
      await machine.says("up");
      const began = Date.now();
      process.kill(tigrisfsOf(machine), "SIGKILL");
      expect(await machine.ended).toBe(75);
      expect(Date.now() - began).toBeLessThan(20_000);
      expect(lastLine(machine.log())).toBe(LOST);
    },
  );

  itIf(machinesRun, whyNoMachine)("says so although the app then ends as if nothing had been", async () => {
    const one = await tenant();
    const machine = one.machine(["sh", "-c", "trap 'exit 0' TERM; echo up; while :; do sleep 0.1; done"]);
    await machine.says("up");
    process.kill(tigrisfsOf(machine), "SIGKILL");
    expect([await machine.ended, lastLine(machine.log())]).toEqual([75, LOST]);
  });

  itIf(machinesRun, whyNoMachine)(
    "kills an app that hangs on to it, and is unhealthy from the first moment on",
    async () => {
      const one = await tenant();
      const words = "trap '' TERM; echo up in $STATE_DIR.; while :; do sleep 0.1; done";
      const machine = one.machine(["sh", "-c", words], { STOP_APP_SECONDS: "2" });
      await machine.says("up");
      const dir = /up in (.*)\./.exec(machine.log())?.[1] ?? "";
      const state = () => readFileSync(join(dir, "state"), "utf8");
      expect(state()).toBe("running\n");
      process.kill(tigrisfsOf(machine), "SIGKILL");
      while (state() === "running\n") await new Promise((resolve) => setTimeout(resolve, 20));
      expect(state()).toBe("unhealthy\n");
      expect(await machine.ended).toBe(75);
      expect(state()).toBe("ended\n");
    },
  );

  itIf(machinesRun, whyNoMachine)("when TigrisFS hangs does the same, after the limit", async () => {
    const one = await tenant();
    const machine = one.machine(app, { MOUNT_HUNG_SECONDS: "3" });
    await machine.says("up");
    process.kill(tigrisfsOf(machine), "SIGSTOP");
    expect(await machine.ended).toBe(75);
    expect(machine.log()).toContain("the mount has not answered for 3 s: ending the app");
    expect(lastLine(machine.log())).toBe(LOST);
  });

  itIf(machinesRun, whyNoMachine)("when somebody unmounts it below the app does the same", async () => {
    const one = await tenant();
    // It is busy while the entrypoint itself looks at it.
    const unmount = 'until fusermount3 -u "$MOUNT_PATH"; do sleep 0.1; done';
    const machine = one.machine(["sh", "-c", `${unmount}; while :; do sleep 0.1; done`]);
    expect([await machine.ended, lastLine(machine.log())]).toEqual([75, LOST]);
  });

  itIf(machinesRun, whyNoMachine)("by kill -9 while it stops does not say that everything was flushed", async () => {
    const one = await tenant();
    const words = `trap 'sleep 2; exit 0' TERM; echo x >"$MOUNT_PATH/f"; echo up; while :; do sleep 0.1; done`;
    const machine = one.machine(["sh", "-c", words]);
    await machine.says("up");
    machine.signal("SIGTERM");
    await machine.says("SIGTERM: stopping");
    process.kill(tigrisfsOf(machine), "SIGKILL");
    expect([await machine.ended, lastLine(machine.log())]).toEqual([
      74,
      "tenantry: NOT everything was flushed: the bucket lacks changes that the app made",
    ]);
  });
});

describe("a machine whose mount is slow", () => {
  itIf(machinesRun, whyNoMachine)("goes on when TigrisFS answers again before the limit", async () => {
    const one = await tenant();
    const machine = one.machine(app, { MOUNT_HUNG_SECONDS: "10" });
    await machine.says("up");
    process.kill(tigrisfsOf(machine), "SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, 4000));
    process.kill(tigrisfsOf(machine), "SIGCONT");
    await new Promise((resolve) => setTimeout(resolve, 7000));
    machine.signal("SIGTERM");
    expect([await machine.ended, lastLine(machine.log())]).toEqual([
      143,
      "tenantry: everything was flushed: all that the app wrote is in the bucket",
    ]);
  });
});
