import { afterAll, afterEach, beforeAll, describe, expect } from "@jest/globals";

import { itIf } from "../support/skip.ts";
import { type Machine, machinesRun, whyNoMachine } from "./machine.ts";
import { tenants } from "./tenants.ts";

const { start, cloud, tenant, clear, dispose } = tenants();
beforeAll(start);
afterEach(clear);
afterAll(dispose);

const SECOND = { vendor: "tigris", operation: "^PutObject$", kind: "latency", latencyMs: 1000 } as const;
/** Longer than a busy computer hesitates: what does not wait for an upload ends well before it. */
const SLOWLY = { ...SECOND, latencyMs: 6000 } as const;
const NOT_WAITED_MS = 5500;
const REFUSED = { vendor: "tigris", operation: "^PutObject$", kind: "error", status: 503 } as const;
const WAIT = "while :; do sleep 0.1; done";
/** An app that does this in the mounted folder, tells its exit code and how long it took, and waits. */
const doing = (words: string) => [
  "sh",
  "-c",
  `cd "$MOUNT_PATH"; t=$(date +%s%N); ${words}; echo "code $? after $((($(date +%s%N) - t) / 1000000)) ms"; cd /; ${WAIT}`,
];
/** What such an app tells. */
async function outcome(machine: Machine): Promise<{ code: number; ms: number }> {
  await machine.says(/^code \d+ after \d+ ms$/m);
  const [, code, ms] = /^code (\d+) after (\d+) ms$/m.exec(machine.log()) ?? [];
  return { code: Number(code), ms: Number(ms) };
}
function killTigrisfs(machine: Machine): void {
  for (const pid of machine.pidsOf("tigrisfs")) process.kill(pid, "SIGKILL");
}
const until = async (condition: () => Promise<boolean>) => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
};

for (const [mode, env] of [
  ["write-back", {}],
  ["fsync-on-close", { TIGRISFS_FSYNC_ON_CLOSE: "true" }],
] as const) {
  describe(`on a mount with ${mode}`, () => {
    itIf(machinesRun, whyNoMachine)("close does not wait for the upload, which follows by itself", async () => {
      const one = await tenant();
      await cloud().faults(SLOWLY);
      const { code, ms } = await outcome(one.machine(doing("echo x >f"), env));
      expect([code, await one.text("f")]).toEqual([0, undefined]);
      expect(ms).toBeLessThan(NOT_WAITED_MS);
      await until(async () => (await one.text("f")) === "x\n");
    });

    itIf(machinesRun, whyNoMachine)(
      "what was closed and not uploaded yet is lost with kill -9 of TigrisFS",
      async () => {
        const one = await tenant();
        await cloud().faults(SLOWLY);
        const machine = one.machine(doing("echo x >f"), env);
        await outcome(machine);
        killTigrisfs(machine);
        await machine.ended;
        // An upload that had begun would be there by then.
        await new Promise((resolve) => setTimeout(resolve, SLOWLY.latencyMs + 500));
        const next = one.machine(["sh", "-c", 'ls -A "$MOUNT_PATH" | wc -l']);
        await next.ended;
        expect(next.log()).toMatch(/^0$/m);
      },
    );

    itIf(machinesRun, whyNoMachine)("fsync of a file waits until it is in the bucket", async () => {
      const one = await tenant();
      await cloud().faults(SECOND);
      const machine = one.machine(doing("echo x >f; sync f"), env);
      const { code, ms } = await outcome(machine);
      expect([code, await one.text("f")]).toEqual([0, "x\n"]);
      expect(ms).toBeGreaterThan(900);
    });

    itIf(machinesRun, whyNoMachine)("what fsync has acknowledged outlives kill -9 of the whole machine", async () => {
      const one = await tenant();
      const words = "i=0; while :; do i=$((i+1)); echo $i >f$i; sync f$i && echo acknowledged f$i; done";
      const machine = one.machine(doing(words), env);
      await machine.says("acknowledged f20");
      await machine.dispose();
      const acknowledged = [...machine.log().matchAll(/^acknowledged (f\d+)$/gm)].map(([, name]) => name);
      const names = await one.names();
      expect(acknowledged.length).toBeGreaterThanOrEqual(20);
      expect(acknowledged.filter((name = "") => !names.includes(name))).toEqual([]);
    });

    itIf(machinesRun, whyNoMachine)("fsync of a file fails when its upload does", async () => {
      const one = await tenant();
      await cloud().faults(REFUSED);
      const machine = one.machine(doing("echo x >f; sync f"), { ...env, TIGRISFS_SDK_MAX_RETRIES: "0" });
      expect((await outcome(machine)).code).toBe(1);
      expect(await one.names()).toEqual([]);
    });

    itIf(machinesRun, whyNoMachine)("fsync of a folder waits for what is below it", async () => {
      const one = await tenant();
      await cloud().faults(SECOND);
      const machine = one.machine(doing("for i in 1 2 3; do echo x >f$i; done; sync ."), env);
      expect([(await outcome(machine)).code, await one.names()]).toEqual([0, ["f1", "f2", "f3"]]);
    });

    itIf(machinesRun, whyNoMachine)("fsync of a folder succeeds although an upload below it failed", async () => {
      const one = await tenant();
      await cloud().faults(REFUSED);
      const machine = one.machine(doing("echo x >f; sync ."), { ...env, TIGRISFS_SDK_MAX_RETRIES: "0" });
      expect([(await outcome(machine)).code, await one.names()]).toEqual([0, []]);
    });

    itIf(machinesRun, whyNoMachine)("kill -9 of the app loses nothing that it has closed", async () => {
      const one = await tenant();
      await cloud().faults(SECOND);
      const machine = one.machine(
        ["sh", "-c", 'cd "$MOUNT_PATH"; for i in 1 2 3; do echo x >f$i; done; kill -KILL $$'],
        env,
      );
      expect([await machine.ended, await one.names()]).toEqual([137, ["f1", "f2", "f3"]]);
    });

    itIf(machinesRun, whyNoMachine)("a stop waits for all that was written", async () => {
      const one = await tenant();
      await cloud().faults(SECOND);
      const machine = one.machine(doing("for i in 1 2 3; do echo x >f$i; done"), env);
      await outcome(machine);
      machine.signal("SIGTERM");
      await machine.ended;
      expect(await one.names()).toEqual(["f1", "f2", "f3"]);
      expect(machine.log()).toContain("everything was flushed");
    });

    itIf(machinesRun, whyNoMachine)(
      "without a network reads fail instead of hanging, and work again after it",
      async () => {
        const one = await tenant();
        await one.machine(["sh", "-c", 'echo x >"$MOUNT_PATH/f"']).ended;
        const read = `cat f 2>&1; echo "read: $?"`;
        const words = `ls >/dev/null; while [ ! -e "$STATE_DIR/off" ]; do sleep 0.1; done; ${read}; while [ ! -e "$STATE_DIR/on" ]; do sleep 0.1; done; ${read}`;
        const machine = one.machine(doing(`echo "in $STATE_DIR."; ${words}`), {
          ...env,
          TIGRISFS_READ_RETRY_ATTEMPTS: "1",
          TIGRISFS_SDK_MAX_RETRIES: "0",
          TIGRISFS_STAT_CACHE_TTL: "1s",
        });
        await machine.says(/^in .*\.$/m);
        await cloud().faults({ vendor: "tigris", kind: "reset" });
        machine.write("off");
        await machine.says(/^read: [^0]/m);
        await cloud().faults();
        machine.write("on");
        await machine.says(/^x\nread: 0$/m);
        expect(machine.log()).toMatch(/^read: [^0][^]*^x\nread: 0$/m);
      },
    );

    itIf(machinesRun, whyNoMachine)("what was closed without a network is uploaded when it is back", async () => {
      const one = await tenant();
      const machine = one.machine(
        doing('ls; echo listed; while [ ! -e "$STATE_DIR/off" ]; do sleep 0.1; done; echo x >f'),
        {
          ...env,
          TIGRISFS_SDK_MAX_RETRIES: "0",
          TIGRISFS_RETRY_INTERVAL: "1s",
          TIGRISFS_STAT_CACHE_TTL: "1m",
        },
      );
      await machine.says("listed");
      await cloud().faults({ vendor: "tigris", kind: "reset" });
      machine.write("off");
      expect((await outcome(machine)).code).toBe(0);
      await machine.says("Failed to flush small file");
      await cloud().faults();
      await until(async () => (await one.text("f")) === "x\n");
      expect(await one.names()).toEqual(["f"]);
    });
  });
}

describe("what fsync-on-close changes", () => {
  itIf(machinesRun, whyNoMachine)(
    "uploads a small file at a close although somebody else still has it open",
    async () => {
      const [back, close] = [await tenant(), await tenant()];
      const words = "exec 3>>f; echo x >>f";
      const machine = back.machine(doing(words));
      await Promise.all([outcome(machine), outcome(close.machine(doing(words), { TIGRISFS_FSYNC_ON_CLOSE: "true" }))]);
      await until(async () => (await close.text("f")) === "x\n");
      await new Promise((resolve) => setTimeout(resolve, 3000));
      expect(await back.names()).toEqual([]);
      machine.signal("SIGTERM");
      await machine.ended;
      expect(await back.text("f")).toBe("x\n");
    },
  );

  itIf(machinesRun, whyNoMachine)("does not make mkdir, rename or rm wait", async () => {
    const one = await tenant();
    await one.machine(["sh", "-c", 'cd "$MOUNT_PATH"; echo x >old; echo x >gone']).ended;
    await cloud().faults({ ...SLOWLY, operation: "^(PutObject|CopyObject|DeleteObject)$" });
    const machine = one.machine(doing("ls; mkdir d; mv old new; rm gone"), { TIGRISFS_FSYNC_ON_CLOSE: "true" });
    const { code, ms } = await outcome(machine);
    expect([code, await one.names()]).toEqual([0, ["gone", "old"]]);
    expect(ms).toBeLessThan(NOT_WAITED_MS);
    await until(async () => (await one.names()).join() === "d/,new");
  });
});
