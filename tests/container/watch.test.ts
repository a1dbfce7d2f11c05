import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { s3For } from "../local/tigris/clients.ts";
import { itIf } from "../support/skip.ts";
import { type Machine, machinesRun, whyNoMachine } from "./machine.ts";
import { type Tenant, tenants } from "./tenants.ts";

/** As a tenant's machine has it when its file says nothing. */
const LONG = { TIGRISFS_STAT_CACHE_TTL: "5s", WATCHED_STAT_CACHE_TTL: "1h", TIGRISFS_NO_PRELOAD_DIR: "true" };
const WAIT = "while :; do sleep 0.1; done";
const STARTED = /watch: \d+ objects, listed \d+ names/;
/** Says each new content of a file, and its absence, after everything has been listed: only then do look-ups come from the cache. */
const LOOKER = `
  cd "$MOUNT_PATH"; ls -R >/dev/null; echo listed
  while :; do
    for name in top new-at-the-top folder/deep/changed folder/deep/created folder/deep/removed made/here; do
      now=$(cat "$name" 2>/dev/null || echo none); key=$(echo "$name" | tr -c 'a-z\\n' _)
      eval "before=\\\${at_$key:-}"; [ "$now" = "$before" ] || { eval "at_$key=\\$now"; echo "$name is $now"; }
    done
    sleep 0.05
  done`;

const READ_WATCH = `
  say() { echo "$*" >&2; }
  seconds() { eval "echo \\\${$1:-$2}"; }
  . ${join(import.meta.dirname, "../../container/watch.sh")}
  read_watch; echo "$watch_seconds $TIGRISFS_STAT_CACHE_TTL"`;

const { start, cloud, tenant, clear, dispose } = tenants();
beforeAll(start);
afterEach(clear);
afterAll(dispose);

const put = (one: Tenant, Key: string, Body: string) =>
  s3For(cloud()).send(new PutObjectCommand({ Bucket: one.bucket, Key, Body }));
const remove = (one: Tenant, Key: string) => s3For(cloud()).send(new DeleteObjectCommand({ Bucket: one.bucket, Key }));

/** A machine that has been looking at everything for some time, with an hour's cache. */
async function looker(one: Tenant): Promise<Machine> {
  await put(one, "top", "1");
  await put(one, "folder/deep/changed", "1");
  await put(one, "folder/deep/removed", "1");
  const machine = one.machine(["sh", "-c", LOOKER], LONG);
  await machine.says(STARTED);
  await machine.says("folder/deep/removed is 1");
  await machine.says("made/here is none");
  return machine;
}

/** What the machine has not said, of these; waits until it has said all. */
async function unsaid(machine: Machine, words: readonly string[]): Promise<string[]> {
  for (const each of words) await machine.says(each);
  return words.filter((each) => !machine.log().includes(each));
}

describe("a machine whose cache lasts an hour", () => {
  itIf(machinesRun, whyNoMachine)(
    "sees what is changed, created and removed elsewhere: in a folder, in a new one and at the top",
    async () => {
      const one = await tenant();
      const machine = await looker(one);
      await put(one, "folder/deep/changed", "2");
      expect(await unsaid(machine, ["folder/deep/changed is 2"])).toEqual([]);
      await put(one, "folder/deep/created", "1");
      expect(await unsaid(machine, ["folder/deep/created is 1"])).toEqual([]);
      await remove(one, "folder/deep/removed");
      expect(await unsaid(machine, ["folder/deep/removed is none"])).toEqual([]);
      await put(one, "made/here", "1");
      await put(one, "top", "2");
      await put(one, "new-at-the-top", "1");
      expect(await unsaid(machine, ["made/here is 1", "top is 2", "new-at-the-top is 1"])).toEqual([]);
      await remove(one, "new-at-the-top");
      expect(await unsaid(machine, ["new-at-the-top is none"])).toEqual([]);
      expect(machine.log()).not.toContain("does not show");
    },
    60_000,
  );

  itIf(machinesRun, whyNoMachine)(
    "uploads what it has written before it asks for somebody else's change, and loses nothing of it",
    async () => {
      const one = await tenant();
      await put(one, "both", "from before\n");
      // Held open, so that it is not uploaded by itself.
      const words = `cd "$MOUNT_PATH"; ls >/dev/null; exec 9>both; echo mine >&9; echo written; cd /; while [ ! -e "$STATE_DIR/go" ]; do sleep 0.05; done; echo "it is $(cat "$MOUNT_PATH/both")"; ${WAIT}`;
      const machine = one.machine(["sh", "-c", words], LONG);
      await machine.says(STARTED);
      await machine.says("written");
      await put(one, "both", "theirs\n");
      // versitygw reads a file and its checksum one after the other: in between, another may have been written.
      while ((await one.text("both").catch(() => "")) !== "mine\n")
        await new Promise((resolve) => setTimeout(resolve, 50));
      machine.write("go");
      expect(await unsaid(machine, ["it is mine"])).toEqual([]);
      expect(machine.log()).not.toContain("dropping cache");
    },
    60_000,
  );

  itIf(machinesRun, whyNoMachine)(
    "asks S3 for nothing that it has written itself",
    async () => {
      const one = await tenant();
      await put(one, "folder/old", "1");
      const words = `cd "$MOUNT_PATH"; while [ ! -e "$STATE_DIR/go" ]; do sleep 0.05; done
        for n in $(seq 30); do echo $n >folder/new-$n; sync folder/new-$n; done; echo made; ${WAIT}`;
      const machine = one.machine(["sh", "-c", words], LONG);
      await machine.says(STARTED);
      await cloud().forgetCalls();
      machine.write("go");
      await machine.says("made");
      const listings = async () =>
        (await cloud().calls()).find(({ operation }) => operation === "ListObjectsV2")?.count ?? 0;
      const seen = await listings();
      // Two more rounds: the first may have begun before the last file was there.
      while ((await listings()) < seen + 2) await new Promise((resolve) => setTimeout(resolve, 50));
      const asked = (await cloud().calls()).filter(({ operation }) => operation.startsWith("Head"));
      expect(asked).toEqual([]);
    },
    60_000,
  );
});

describe("a mount that cannot be watched", () => {
  it("keeps its short cache and says why", () => {
    const [released, patched] = ["1.2.1", "1.2.1+tenantry.3"];
    expect(readWatch({ tigrisfs: released, "mount-watch": "" })).toEqual(
      unwatched("this TigrisFS lacks the patches of tenantry"),
    );
    expect(readWatch({ tigrisfs: patched })).toEqual(unwatched("there is no mount-watch on PATH"));
    const why = "a mount that is read-only or without extended attributes cannot be told anything";
    expect(readWatch({ tigrisfs: patched, "mount-watch": "" }, { TIGRISFS_READ_ONLY: "true" })).toEqual(unwatched(why));
    expect(readWatch({ tigrisfs: patched, "mount-watch": "" })).toEqual({ decided: "1 1h\n", words: "" });
  });
});

/** What the entrypoint decides where these programs are, each of this version, and what it says. */
function readWatch(programs: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
  const dir = mkdtempSync(join(tmpdir(), "tenantry-watch-"));
  try {
    for (const [name, version] of Object.entries(programs)) {
      writeFileSync(join(dir, name), `#!/bin/sh\necho "tigrisfs version ${version}" >&2\n`);
      chmodSync(join(dir, name), 0o755);
    }
    const { stdout, stderr } = spawnSync("/bin/sh", ["-euc", READ_WATCH], {
      env: { PATH: `${dir}:/usr/bin:/bin`, TIGRISFS_STAT_CACHE_TTL: "5s", WATCHED_STAT_CACHE_TTL: "1h", ...env },
      encoding: "utf8",
    });
    return { decided: stdout, words: stderr };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function unwatched(why: string) {
  return { decided: "0 5s\n", words: `the bucket is not watched: ${why}; the stat cache stays at 5s\n` };
}

describe("a watch that ends", () => {
  itIf(machinesRun, whyNoMachine)(
    "is started anew, and what was changed meanwhile is seen",
    async () => {
      const one = await tenant();
      const machine = await looker(one);
      const [watch = 0] = machine.pidsOf("mount-watch");
      process.kill(watch, "SIGSTOP");
      await put(one, "folder/deep/changed", "2");
      process.kill(watch, "SIGKILL");
      expect(await unsaid(machine, ["starting it anew", "folder/deep/changed is 2"])).toEqual([]);
      machine.signal("SIGTERM");
      expect(await machine.ended).toBe(143);
      expect(machine.log()).toContain("everything was flushed");
    },
    60_000,
  );

  itIf(machinesRun, whyNoMachine)(
    "again and again ends the machine with an error, and all that was written is in the bucket",
    async () => {
      const dir = mkdtempSync(join(tmpdir(), "tenantry-watch-"));
      try {
        writeFileSync(join(dir, "mount-watch"), "#!/bin/sh\nexit 3\n");
        chmodSync(join(dir, "mount-watch"), 0o755);
        const one = await tenant();
        const machine = one.machine(["sh", "-c", `echo kept >"$MOUNT_PATH/kept"; ${WAIT}`], {
          ...LONG,
          PATH: `${dir}:${process.env["PATH"] ?? ""}`,
        });
        expect(await machine.ended).toBe(75);
        expect(machine.log()).toContain("the watch has ended five times");
        expect(await one.text("kept")).toBe("kept\n");
      } finally {
        rmSync(dir, { recursive: true });
      }
    },
    60_000,
  );
});
