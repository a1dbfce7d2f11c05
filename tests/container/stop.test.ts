import { afterAll, afterEach, beforeAll, describe, expect } from "@jest/globals";

import { itIf } from "../support/skip.ts";
import { machinesRun, whyNoMachine } from "./machine.ts";
import { tenants } from "./tenants.ts";

const { start, cloud, tenant, clear, dispose } = tenants();
beforeAll(start);
afterEach(clear);
afterAll(dispose);

const EVERYTHING = "tenantry: everything was flushed: all that the app wrote is in the bucket";
const NOT_EVERYTHING = "tenantry: NOT everything was flushed: the bucket lacks changes that the app made";
const lastLine = (log: string) => log.trimEnd().split("\n").at(-1);
const slowWrites = { vendor: "tigris", operation: "^PutObject$", kind: "latency", latencyMs: 200 } as const;
const refusedWrites = { vendor: "tigris", operation: "^PutObject$", kind: "error", status: 503 } as const;
const FAIL_FAST = { TIGRISFS_SDK_MAX_RETRIES: "0", STOP_FLUSH_SECONDS: "3" };
const numbered = (count: number) => Array.from({ length: count }, (_, i) => `f${i + 1}`).sort();
/** Writes this many files, says so, and waits; ends with this code when it is told to. */
const writer = (count: number, code: number) => [
  "sh",
  "-c",
  `trap 'exit ${code}' TERM; cd "$MOUNT_PATH"; for i in $(seq ${count}); do echo $i >f$i; done; cd /; echo written; while :; do sleep 0.1; done`,
];

describe("a machine whose app ends", () => {
  itIf(machinesRun, whyNoMachine)("keeps the app's exit code", async () => {
    const one = await tenant();
    const codes = [0, 1, 42].map((code) => one.machine(["sh", "-c", `exit ${code}`]).ended);
    const killed = one.machine(["sh", "-c", "kill -KILL $$"]).ended;
    const absent = one.machine(["no-such-program"]).ended;
    expect(await Promise.all([...codes, killed, absent])).toEqual([0, 1, 42, 137, 127]);
  });

  itIf(machinesRun, whyNoMachine)("uploads what was written right before", async () => {
    const one = await tenant();
    await cloud().faults(slowWrites);
    const machine = one.machine(["sh", "-c", 'cd "$MOUNT_PATH" && mkdir d && echo last >d/word && rm -f gone']);
    expect([await machine.ended, await one.text("d/word"), lastLine(machine.log())]).toEqual([0, "last\n", EVERYTHING]);
  });

  itIf(machinesRun, whyNoMachine)("uploads deletions and renames too", async () => {
    const one = await tenant();
    const first = one.machine(["sh", "-c", 'cd "$MOUNT_PATH" && for i in $(seq 50); do echo $i >f$i; done']);
    expect([await first.ended, (await one.names()).length]).toEqual([0, 50]);
    await cloud().faults({ vendor: "tigris", operation: "DeleteObject|CopyObject", kind: "latency", latencyMs: 100 });
    const second = one.machine(["sh", "-c", 'cd "$MOUNT_PATH" && rm f?? && mv f1 g1']);
    expect([await second.ended, lastLine(second.log())]).toEqual([0, EVERYTHING]);
    expect(await one.names()).toEqual(["f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "g1"]);
  });
});

describe("a machine that is told to stop", () => {
  itIf(machinesRun, whyNoMachine)(
    "has 200 pending files in the bucket before it ends, with the app's own exit code",
    async () => {
      const one = await tenant();
      await cloud().faults(slowWrites);
      const machine = one.machine(writer(200, 7));
      await machine.says("written");
      const pending = 200 - (await one.names()).length;
      machine.signal("SIGTERM");
      expect(await machine.ended).toBe(7);
      expect(pending).toBeGreaterThan(100);
      expect(await one.names()).toEqual(numbered(200));
      expect(lastLine(machine.log())).toBe(EVERYTHING);
    },
  );

  itIf(machinesRun, whyNoMachine)(
    "does the same for SIGINT, and takes a second and a third signal for no more than the first",
    async () => {
      const one = await tenant();
      await cloud().faults(slowWrites);
      const machine = one.machine(writer(100, 0));
      await machine.says("written");
      machine.signal("SIGINT");
      machine.signal("SIGTERM");
      await machine.says("the app ended with");
      machine.signal("SIGTERM");
      machine.signal("SIGINT");
      expect(await machine.ended).toBe(0);
      expect(await one.names()).toEqual(numbered(100));
      expect(machine.log()).not.toContain("panic");
      expect(machine.log()).not.toContain("Received signal");
      expect(lastLine(machine.log())).toBe(EVERYTHING);
    },
  );

  itIf(machinesRun, whyNoMachine)("tells the app once", async () => {
    const one = await tenant();
    const words =
      "trap 'echo told; n=$((n+1))' TERM; n=0; echo up; while [ $n -lt 1 ]; do sleep 0.1; done; sleep 1; echo $n in all";
    const machine = one.machine(["sh", "-c", words]);
    await machine.says("up");
    machine.signal("SIGTERM");
    machine.signal("SIGTERM");
    await machine.ended;
    expect(machine.log()).toContain("1 in all");
  });

  itIf(machinesRun, whyNoMachine)("kills an app that does not end in time, and keeps what it wrote", async () => {
    const one = await tenant();
    const words = 'trap "" TERM; echo x >"$MOUNT_PATH/f"; echo up; while :; do sleep 0.1; done';
    const machine = one.machine(["sh", "-c", words], { STOP_APP_SECONDS: "1" });
    await machine.says("up");
    machine.signal("SIGTERM");
    expect(await machine.ended).toBe(137);
    expect(machine.log()).toContain("the app has not ended 1 s after SIGTERM: killing it");
    expect([await one.text("f"), lastLine(machine.log())]).toEqual(["x\n", EVERYTHING]);
  });

  itIf(machinesRun, whyNoMachine)(
    "ends what keeps the mount busy, also outside the app's session, and flushes what that wrote",
    async () => {
      const one = await tenant();
      const holder = 'cd "$MOUNT_PATH"; trap "" TERM; exec >held; while :; do echo more; sleep 0.05; done';
      const words = `setsid sh -c '${holder}' & sleep 0.5; echo up; trap 'exit 0' TERM; while :; do sleep 0.1; done`;
      const machine = one.machine(["sh", "-c", words]);
      await machine.says("up");
      machine.signal("SIGTERM");
      expect(await machine.ended).toBe(0);
      expect(machine.log()).toMatch(/tenantry: ending what the app has left running: .*\d+ \(sh\)/);
      expect(await one.text("held")).toMatch(/^(more\n)+$/);
      expect(lastLine(machine.log())).toBe(EVERYTHING);
    },
  );
});

describe("a machine whose uploads fail at the stop", () => {
  itIf(machinesRun, whyNoMachine)("ends with an error and names the files", async () => {
    const one = await tenant();
    await cloud().faults(refusedWrites);
    const machine = one.machine(writer(2, 0), FAIL_FAST);
    await machine.says("written");
    machine.signal("SIGTERM");
    expect(await machine.ended).toBe(74);
    expect(machine.log()).toContain("tenantry: not in the bucket: f1\ntenantry: not in the bucket: f2\n");
    expect(lastLine(machine.log())).toBe(NOT_EVERYTHING);
    expect(await one.names()).toEqual([]);
  });

  itIf(machinesRun, whyNoMachine)("keeps the app's own exit code when that is an error already", async () => {
    const one = await tenant();
    await cloud().faults(refusedWrites);
    const machine = one.machine(writer(1, 9), FAIL_FAST);
    await machine.says("written");
    machine.signal("SIGTERM");
    expect([await machine.ended, lastLine(machine.log())]).toEqual([9, NOT_EVERYTHING]);
  });

  itIf(machinesRun, whyNoMachine)(
    "tries again while there is time, and is content when it worked in the end",
    async () => {
      const one = await tenant();
      await cloud().faults(refusedWrites);
      const machine = one.machine(writer(3, 0), { TIGRISFS_SDK_MAX_RETRIES: "0", TIGRISFS_RETRY_INTERVAL: "1s" });
      await machine.says("written");
      machine.signal("SIGTERM");
      await machine.says("Failed to flush small file");
      await cloud().faults();
      expect(await machine.ended).toBe(0);
      expect([await one.names(), lastLine(machine.log())]).toEqual([numbered(3), EVERYTHING]);
    },
  );

  itIf(machinesRun, whyNoMachine)("does not blame an outage that was over before", async () => {
    const one = await tenant();
    await cloud().faults(refusedWrites);
    const machine = one.machine(writer(3, 0), { TIGRISFS_SDK_MAX_RETRIES: "0", TIGRISFS_RETRY_INTERVAL: "1s" });
    await machine.says("Failed to flush small file");
    await cloud().faults();
    while ((await one.names()).length < 3) await new Promise((resolve) => setTimeout(resolve, 100));
    machine.signal("SIGTERM");
    expect([await machine.ended, lastLine(machine.log())]).toEqual([0, EVERYTHING]);
  });

  itIf(machinesRun, whyNoMachine)("says which folder or deletion is missing too", async () => {
    const one = await tenant();
    const first = one.machine(["sh", "-c", 'echo x >"$MOUNT_PATH/old"']);
    await first.ended;
    const words = `trap 'exit 0' TERM; cd "$MOUNT_PATH"; rm old; mkdir new; cd /; echo done; while :; do sleep 0.1; done`;
    await cloud().faults({ vendor: "tigris", operation: "^(PutObject|DeleteObject)$", kind: "error", status: 503 });
    const machine = one.machine(["sh", "-c", words], FAIL_FAST);
    await machine.says("done");
    machine.signal("SIGTERM");
    expect(await machine.ended).toBe(74);
    expect(machine.log()).toContain("tenantry: not in the bucket: new/\ntenantry: not in the bucket: old\n");
  });

  itIf(machinesRun, whyNoMachine)(
    "gives up a storage that does not answer, in time, and names what it knows of",
    async () => {
      const one = await tenant();
      await cloud().faults({ vendor: "tigris", operation: "^PutObject$", kind: "timeout" });
      const machine = one.machine(writer(1, 0), { STOP_FLUSH_SECONDS: "3" });
      await machine.says("written");
      const began = Date.now();
      machine.signal("SIGTERM");
      expect(await machine.ended).toBe(74);
      expect(Date.now() - began).toBeLessThan(45_000);
      expect(machine.log()).toContain("the uploads were not done within 3 s");
      expect(lastLine(machine.log())).toBe(NOT_EVERYTHING);
    },
  );
});
