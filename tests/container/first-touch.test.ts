import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { s3For } from "../local/tigris/clients.ts";
import { itIf } from "../support/skip.ts";
import { machinesRun, whyNoMachine } from "./machine.ts";
import { type Tenant, tenants } from "./tenants.ts";

const FOLDERS = 110;
const NAMES = FOLDERS * 12;
/** Of the machine whose first touch is watched. */
const WALK = { TIGRISFS_STAT_CACHE_TTL: "1m" };
const WAIT = "while :; do sleep 0.1; done";
const EVERYTHING = "tenantry: everything was flushed: all that the app wrote is in the bucket";

const { start, cloud, tenant, clear, dispose } = tenants();
let one: Tenant;
beforeAll(async () => {
  if (!machinesRun) return;
  await start();
  one = await tenant();
  // More than one page of a listing, so that the walk has to ask again.
  const s3 = s3For(cloud());
  const keys = Array.from({ length: FOLDERS * 10 }, (_, n) => `top/folder-${n % FOLDERS}/inner/${n}`);
  const put = async () => {
    for (let Key = keys.pop(); Key !== undefined; Key = keys.pop()) {
      await s3.send(new PutObjectCommand({ Bucket: one.bucket, Key, Body: "x" }));
    }
  };
  await Promise.all(Array.from({ length: 16 }, put));
});
afterEach(clear);
afterAll(dispose);

const askingCalls = async () =>
  (await cloud().calls()).filter(({ operation }) => /^(Head|List)Object/.test(operation)).map(({ count }) => count);

describe("the first touch of folders", () => {
  itIf(machinesRun, whyNoMachine)(
    "is done by the walk: afterwards a new file in any folder asks S3 nothing",
    async () => {
      const words = `while [ ! -e "$STATE_DIR/go" ]; do sleep 0.05; done; for d in "$MOUNT_PATH"/top/*/inner; do echo x >"$d/new"; done; echo made; ${WAIT}`;
      const machine = one.machine(["sh", "-c", words], WALK);
      await machine.says("first touch: listed");
      expect(machine.log()).toContain(`first touch: listed ${NAMES + 1} names`);
      await cloud().forgetCalls();
      machine.write("go");
      await machine.says("made");
      expect(await askingCalls()).toEqual([]);
    },
  );

  itIf(machinesRun, whyNoMachine)("is bounded by number", async () => {
    const machine = one.machine(["sh", "-c", WAIT], { ...WALK, FIRST_TOUCH_NAMES: "10" });
    await machine.says("first touch: listed 10 names");
    expect(machine.log()).toContain("first touch: listed 10 names");
  });

  itIf(machinesRun, whyNoMachine)("is bounded by time, and the app goes on", async () => {
    await cloud().faults({ vendor: "tigris", operation: "^ListObjectsV2$", kind: "latency", latencyMs: 6000, skip: 2 });
    const machine = one.machine(["sh", "-c", `echo up; ${WAIT}`], { ...WALK, FIRST_TOUCH_SECONDS: "3" });
    await machine.says("up");
    const isOver = () => machine.pidsOf("timeout").length + machine.pidsOf("find").length === 0;
    while (isOver()) await new Promise((resolve) => setTimeout(resolve, 10));
    while (!isOver()) await new Promise((resolve) => setTimeout(resolve, 10));
    machine.signal("SIGTERM");
    expect(await machine.ended).toBe(143);
    expect(machine.log()).not.toContain("first touch");
  });

  itIf(machinesRun, whyNoMachine)("does not hold up a stop, not even when a listing hangs", async () => {
    await cloud().faults(
      { vendor: "tigris", operation: "^ListObjectsV2$", kind: "timeout", skip: 2 },
      { vendor: "tigris", operation: "^(Put|Delete)Object$", kind: "latency", latencyMs: 1000 },
    );
    const words = `trap 'exit 0' TERM; cd "$MOUNT_PATH"; echo x >kept; echo x >gone; sync kept gone; rm gone; cd /; echo up; ${WAIT}`;
    const machine = one.machine(["sh", "-c", words], WALK);
    await machine.says("up");
    while (machine.pidsOf("find").length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const began = Date.now();
    machine.signal("SIGTERM");
    expect(await machine.ended).toBe(0);
    expect(Date.now() - began).toBeLessThan(40_000);
    expect(machine.log()).toContain(EVERYTHING);
    expect(machine.log()).not.toContain("left running");
    await cloud().faults();
    expect([await one.text("kept"), await one.text("gone")]).toEqual(["x\n", undefined]);
  });
});

describe("whether there is a walk", () => {
  const container = join(import.meta.dirname, "../../container");
  const program = `
    die() { echo "$2" >&2; exit "$1"; }
    whole() { eval "echo \\\${$1:-$2}"; }; seconds() { whole "$@"; }
    . "$0/first-touch.sh"; read_first_touch; echo "$first_touch_names"`;
  const namesFor = (env: Record<string, string>) =>
    Number(execFileSync("sh", ["-euc", program, container], { env: { PATH: process.env["PATH"], ...env } }));

  it.each([
    ["5s", 0],
    ["29s", 0],
    ["500ms", 0],
    ["30s", 50_000],
    ["100s", 50_000],
    ["1m", 50_000],
    ["1m0s", 50_000],
    ["2h", 50_000],
  ])("follows from the stat cache: with %s it lists %d names at most", (ttl, names) => {
    expect(namesFor({ TIGRISFS_STAT_CACHE_TTL: ttl })).toBe(names);
  });

  it("is TigrisFS's own stat cache of 1m where none is set, and can be set", () => {
    expect([namesFor({}), namesFor({ TIGRISFS_STAT_CACHE_TTL: "5s", FIRST_TOUCH_NAMES: "7" })]).toEqual([50_000, 7]);
  });
});
