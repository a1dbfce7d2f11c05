import { readFileSync, rmSync } from "node:fs";
import { constants } from "node:os";

import { afterAll, afterEach, beforeAll, describe, expect } from "@jest/globals";

import { itIf } from "../support/skip.ts";
import { startMachine, machinesRun, whyNoMachine } from "./machine.ts";
import { programsBut } from "./path.ts";
import { tenants } from "./tenants.ts";

const { cloud, start, tenant, clear, dispose } = tenants();
beforeAll(start);
afterEach(clear);
afterAll(dispose);

/** An app that tells, in the log, that it was started. */
const app = ["sh", "-c", "echo app started"];

describe("a machine that starts", () => {
  itIf(machinesRun, whyNoMachine)(
    "runs the app on the mounted bucket, which serves what is in it and takes what is written",
    async () => {
      const one = await tenant();
      const first = one.machine(["sh", "-c", 'mkdir "$MOUNT_PATH/notes" && echo hello >"$MOUNT_PATH/notes/one"']);
      expect([await first.ended, await one.text("notes/one")]).toEqual([0, "hello\n"]);

      const second = one.machine(["sh", "-c", 'cat "$MOUNT_PATH/notes/one" && ls /proc/$PPID/cwd >/dev/null']);
      expect(await second.ended).toBe(0);
      expect(second.log()).toMatch(/^hello$/m);
      expect(second.log()).toContain(`tenantry: ${one.bucket} is mounted at `);
    },
  );

  itIf(machinesRun, whyNoMachine)(
    "gives TigrisFS the flags it needs, its options before its arguments, and stays its parent",
    async () => {
      const one = await tenant();
      const machine = one.machine(["sleep", "60"], { TIGRISFS_MEMORY_LIMIT: "64", TIGRISFS_READ_RETRY_ATTEMPTS: "2" });
      await machine.says("is mounted at");
      const [pid] = machine.pidsOf("tigrisfs");
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
      expect(words.slice(0, -1)).toEqual([
        "tigrisfs",
        "-f",
        `--endpoint=${one.env["AWS_ENDPOINT_URL_S3"]}`,
        "--region=auto",
        "--log-format=json",
        "--read-retry-attempts=5",
        "--retry-interval=5s",
        "--read-ahead=5120",
        "--read-ahead-large=8192",
        "--memory-limit=64",
        "--read-retry-attempts=2",
        one.bucket,
      ]);
      expect(readFileSync(`/proc/${pid}/stat`, "utf8").split(" ")[3]).toBe(String(machine.pids()[0]));
    },
  );

  itIf(machinesRun, whyNoMachine)(
    "runs the app as another user, who owns the files, without capabilities and with a home",
    async () => {
      const one = await tenant();
      const words =
        'echo x >"$MOUNT_PATH/f"; stat -c "%U %G" "$MOUNT_PATH" "$MOUNT_PATH/f"; id -un; echo $HOME; grep CapEff /proc/self/status';
      const machine = one.machine(["sh", "-c", words], { APP_USER: "daemon" });
      expect(await machine.ended).toBe(0);
      expect(machine.log()).toMatch(/^daemon daemon\ndaemon daemon\ndaemon\n\/usr\/sbin\nCapEff:\t0{16}$/m);
      expect(await one.text("f")).toBe("x\n");
    },
  );

  itIf(machinesRun, whyNoMachine)("takes a user who is in no list of users, by number", async () => {
    const one = await tenant();
    const machine = one.machine(["sh", "-c", 'echo $(id -u) $(id -g) $(id -G) $(stat -c %u:%g "$MOUNT_PATH")'], {
      APP_USER: "4321:8765",
    });
    expect(await machine.ended).toBe(0);
    expect(machine.log()).toMatch(/^4321 8765 8765 4321:8765$/m);
  });

  itIf(machinesRun, whyNoMachine)(
    "leaves the app the signals that a shell's background command would ignore",
    async () => {
      const one = await tenant();
      const machine = one.machine(["sh", "-c", "grep SigIgn /proc/self/status"]);
      await machine.ended;
      // Of all signals only these two: what else is ignored, the machine's own parent has passed down.
      const ignored = Number.parseInt(/^SigIgn:\t([0-9a-f]+)$/m.exec(machine.log())?.[1] ?? "none", 16);
      const [interrupt, quit] = [constants.signals.SIGINT, constants.signals.SIGQUIT].map(
        (signal) => 1 << (signal - 1),
      );
      expect(ignored & ((interrupt ?? 0) | (quit ?? 0))).toBe(0);
      expect(ignored).not.toBeNaN();
    },
  );
});

describe("a machine whose key is so new that Tigris does not know it everywhere", () => {
  afterEach(() => cloud().resetSwitches());

  itIf(machinesRun, whyNoMachine)("asks again for a while, and starts its app once the bucket opens", async () => {
    await cloud().switches({ "tigris.keySpreadMs": 4000 });
    const one = await tenant();
    const machine = one.machine(app);
    expect(await machine.ended).toBe(0);
    expect(machine.log()).toContain("the bucket refuses the key: asking again for");
    expect(machine.log()).toMatch(/^app started$/m);
  });

  itIf(machinesRun, whyNoMachine)("stops at once when it is told to meanwhile", async () => {
    await cloud().switches({ "tigris.keySpreadMs": 60_000 });
    const one = await tenant();
    const machine = one.machine(app);
    await machine.says("asking again for");
    machine.signal("SIGTERM");
    expect(await machine.ended).toBe(143);
    expect(machine.log()).not.toContain("app started");
  });
});

describe("a machine without its bucket does not start the app on the bare directory", () => {
  itIf(machinesRun, whyNoMachine)("when the key is wrong", async () => {
    const one = await tenant();
    const machine = one.machine(app, { AWS_SECRET_ACCESS_KEY: "wrong-wrong-wrong", MOUNT_WAIT_SECONDS: "6" });
    expect(await machine.ended).toBe(69);
    expect(machine.log()).toContain("TigrisFS ended before the mount was ready; its own words are above");
    expect(machine.log()).not.toContain("app started");
  });

  itIf(machinesRun, whyNoMachine)("when there is no such bucket, within the limit", async () => {
    const one = await tenant();
    const began = Date.now();
    const machine = one.machine(app, { BUCKET_NAME: "nobody-has-this", MOUNT_WAIT_SECONDS: "5" });
    expect(await machine.ended).toBe(69);
    expect(Date.now() - began).toBeLessThan(15_000);
    expect(machine.log()).toMatch(/tenantry: .*: the app is not started on a bare directory/);
    expect(machine.log()).not.toContain("app started");
  });

  itIf(machinesRun, whyNoMachine)(
    "when there is no such bucket, and says so when there is time to find out",
    async () => {
      const one = await tenant();
      const machine = one.machine(app, { BUCKET_NAME: "nobody-has-this", TIGRISFS_READ_RETRY_ATTEMPTS: "1" });
      expect(await machine.ended).toBe(69);
      expect(machine.log()).toMatch(/could not be listed|TigrisFS ended before/);
      expect(machine.log()).not.toContain("app started");
    },
  );

  itIf(machinesRun, whyNoMachine)("when nothing answers at the endpoint, within the limit", async () => {
    const one = await tenant();
    const machine = one.machine(app, { AWS_ENDPOINT_URL_S3: "http://127.0.0.1:9", MOUNT_WAIT_SECONDS: "4" });
    expect(await machine.ended).toBe(69);
    expect(machine.log()).not.toContain("app started");
  });

  itIf(machinesRun, whyNoMachine)("when fusermount3 is missing, for then nothing could be unmounted", async () => {
    const one = await tenant();
    const path = programsBut(["fusermount3", "fusermount"]);
    try {
      const machine = one.machine(app, { PATH: path });
      expect(await machine.ended).toBe(78);
      expect(machine.log()).toBe("tenantry: there is no fusermount3 on PATH: the bucket cannot be mounted\n");
    } finally {
      rmSync(path, { recursive: true });
    }
  });

  itIf(machinesRun, whyNoMachine)("when something is mounted there already", async () => {
    const one = await tenant();
    const machine = one.machine(app, { MOUNT_PATH: "/proc" });
    expect(await machine.ended).toBe(69);
    expect(machine.log()).toBe("tenantry: something is mounted at /proc already\n");
  });

  itIf(machinesRun, whyNoMachine)("when it is told to stop before the mount is ready", async () => {
    const one = await tenant();
    const machine = one.machine(app, { BUCKET_NAME: "nobody-has-this" });
    await machine.says("successfully mounted");
    machine.signal("SIGTERM");
    expect(await machine.ended).toBe(143);
    expect(machine.log()).toContain("stopped before the app was started: there was nothing to flush");
    expect(machine.log()).not.toContain("app started");
  });

  itIf(machinesRun, whyNoMachine)("when a secret, a limit or an option is wrong, and names it", async () => {
    const one = await tenant();
    const wrong: [Record<string, string>, string][] = [
      [{ AWS_ACCESS_KEY_ID: "" }, "AWS_ACCESS_KEY_ID is not set"],
      [{ AWS_ENDPOINT_URL_S3: "" }, "AWS_ENDPOINT_URL_S3 is not set"],
      [{ BUCKET_NAME: "-o" }, "BUCKET_NAME is not the name of a bucket: -o"],
      [{ MOUNT_WAIT_SECONDS: "soon" }, "MOUNT_WAIT_SECONDS is not a number of seconds: soon"],
      [{ TIGRISFS_RETRY_INTERVAL: "1m" }, "TIGRISFS_RETRY_INTERVAL is not in whole seconds, such as 5s: 1m"],
      [{ TIGRISFS_MEMROY_LIMIT: "64" }, "there is no option of TigrisFS for TIGRISFS_MEMROY_LIMIT"],
      [{ TIGRISFS_MEMORY_LIMIT: "64mb" }, "TIGRISFS_MEMORY_LIMIT is not a number of MB: 64mb"],
      [{ APP_USER: "nobody-has-this" }, "APP_USER: there is no user nobody-has-this"],
      [{ MOUNT_BY: "tigrisfs" }, "MOUNT_BY is neither fly nor app: tigrisfs"],
    ];
    const machinesOf = wrong.map(([env]) => one.machine(app, env));
    const codes = await Promise.all(machinesOf.map((machine) => machine.ended));
    expect(codes).toEqual(wrong.map(() => 78));
    expect(machinesOf.map((machine) => machine.log())).toEqual(wrong.map(([, words]) => `tenantry: ${words}\n`));
  });
});

describe("a machine without a bucket", () => {
  itIf(machinesRun, whyNoMachine)("runs only the app, in place of the entrypoint", async () => {
    const machine = startMachine({}, ["sh", "-c", "echo I am $$; exit 4"]);
    expect(await machine.ended).toBe(4);
    expect(machine.log()).toBe("I am 1\n");
    await machine.dispose();
  });

  itIf(machinesRun, whyNoMachine)(
    "runs only the app on a volume that Fly has mounted, also when it is told a bucket",
    async () => {
      const one = await tenant();
      const machine = one.machine(["sh", "-c", "exit 5"], { MOUNT_BY: "fly", MOUNT_PATH: "/proc" });
      expect([await machine.ended, machine.log()]).toEqual([5, ""]);
    },
  );

  itIf(machinesRun, whyNoMachine)("runs only the app where that reads and writes the bucket itself", async () => {
    const one = await tenant();
    const machine = one.machine(["sh", "-c", "echo I am $$; exit 6"], { MOUNT_BY: "app" });
    expect([await machine.ended, machine.log()]).toEqual([6, "I am 1\n"]);
  });

  itIf(machinesRun, whyNoMachine)("does not take a bare directory for a volume of Fly's", async () => {
    const one = await tenant();
    const machine = one.machine(app, { MOUNT_BY: "fly", MOUNT_PATH: "/var" });
    expect(await machine.ended).toBe(69);
    expect(machine.log()).toBe(
      "tenantry: /var is a bare directory: Fly has mounted no volume there; the app is not started\n",
    );
  });
});
