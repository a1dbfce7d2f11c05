import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { type BucketAccess, KEY_FORMS } from "../../../operations/files/key-forms.ts";
import * as mounted from "../../../operations/files/mounted.ts";
import type { TenantryError } from "../../../errors/tenantry-error.ts";
import { machinesRun, whyNoMachine } from "../../container/machine.ts";
import { programsBut } from "../../container/path.ts";
import { itIf } from "../../support/skip.ts";
import { type Laptop, laptop } from "./laptop.ts";

const SLOW = 60_000;
const NOBODY = 65_534;
const MODULE = join(import.meta.dirname, "../../../operations/files/mounted.ts");

let home: Laptop;
let reader: BucketAccess;
let writer: BucketAccess;

beforeAll(async () => {
  home = await laptop();
  [reader, writer] = await Promise.all([home.access("alice", "read-only"), home.access("bob", "read-write")]);
});
afterEach(() => home.cloud.faults());
afterAll(async () => {
  for (const name of readdirSync(home.dir)) spawnSync("fusermount3", ["-u", "-z", join(home.dir, name)]);
  await home.dispose();
});

const put = (Key: string, text: string) =>
  home.s3.send(new PutObjectCommand({ Bucket: home.bucket, Key, Body: Buffer.from(text) }));
async function names(Prefix: string): Promise<string[]> {
  const { Contents = [] } = await home.s3.send(new ListObjectsV2Command({ Bucket: home.bucket, Prefix }));
  return Contents.map(({ Key = "" }) => Key).filter((key) => !key.endsWith("/"));
}
const placeOf = (name: string) => mounted.mountPlace(home.cloud.home, join(home.dir, name));

async function mount(
  name: string,
  access: BucketAccess,
  env: Record<string, string> = {},
): Promise<mounted.MountPlace> {
  const place = placeOf(name);
  mounted.refuseFolderInUse(place);
  await mounted.mount(access, place, { readOnly: access.key.mode === "read-only", env: { ...process.env, ...env } });
  return place;
}

/** What a program of the user's would print, within a limit. */
function shell(line: string, cwd = "/"): { code: number; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", line], { encoding: "utf8", timeout: 30_000, cwd });
  return { code: status ?? -1, out: stdout, err: stderr };
}

describe("a mount on a person's computer", () => {
  it("is refused where nothing can be mounted, and says what to use or to install", () => {
    const path = programsBut(["fusermount3"]);
    const missing = () => {
      mounted.refuseWhereNothingMounts("linux", { PATH: path });
    };
    expect(missing).toThrow(/MOUNT_PROGRAM_MISSING: not on PATH: (?:tigrisfs, )?fusermount3\n.*apt-get install fuse3/);
    rmSync(path, { recursive: true });
    expect(() => {
      mounted.refuseWhereNothingMounts("darwin", process.env);
    }).toThrow(/MOUNT_NOT_HERE.*\n.*rclone nfsmount/);
  });

  it("is refused on a folder that holds something", () => {
    mkdirSync(join(home.dir, "full"));
    writeFileSync(join(home.dir, "full/file"), "");
    expect(() => {
      mounted.refuseFolderInUse(placeOf("full"));
    }).toThrow("MOUNT_FOLDER_IN_USE");
  });

  it("is refused for writing with a key that may only read: TigrisFS would take the writes and lose them", async () => {
    const place = placeOf("reader");
    const writing = mounted.mount(reader, place, { readOnly: false, env: process.env });
    await expect(writing).rejects.toMatchObject({ code: "KEY_READ_ONLY" });
    expect(existsSync(place.dir)).toBe(false);
  });

  it.each([
    ["read-write", "74", true],
    ["read-write", "", true],
    ["read-write", "0", false],
    ["read-only", "74", false],
  ])("that was %s and ended with %s is said to lack something: %s", (mode, exit, isSaid) => {
    const place = placeOf(`ended ${mode} ${exit}`);
    mkdirSync(place.stateDir, { recursive: true });
    writeFileSync(join(place.stateDir, "mode"), mode);
    writeFileSync(join(place.stateDir, "exit"), exit);
    const ended = () => {
      try {
        mounted.refuseUnflushed(place);
        return "fine";
      } catch (error) {
        return (error as TenantryError).code;
      }
    };
    expect(ended()).toBe(isSaid ? "MOUNT_NOT_FLUSHED" : "fine");
  });

  itIf(machinesRun, whyNoMachine)(
    "has all in the bucket when unmount comes back, and is left alone while somebody works in it, wherever it is",
    async () => {
      const place = await mount("it's 100% of a #1 folder, \\ two\tthree", writer);
      const files = Array.from({ length: 50 }, (_, count) => `many/${String(count).padStart(2, "0")}.txt`);
      mkdirSync(join(place.dir, "many"));
      for (const name of files) writeFileSync(join(place.dir, name), name);
      writeFileSync(join(place.dir, "large.bin"), Buffer.alloc(12_000_000, "large"));
      const worker = spawn("sleep", ["60"], { cwd: join(place.dir, "many") });
      expect(() => {
        mounted.refuseBusy(place);
      }).toThrow(new RegExp(`MOUNT_BUSY: .*sleep \\(${String(worker.pid)}\\)`));
      worker.kill();
      await new Promise((resolve) => worker.on("close", resolve));
      mounted.refuseBusy(place);
      await mounted.unmount(place);
      expect(await names("many/")).toEqual(files);
      expect(await names("large.bin")).toEqual(["large.bin"]);
      expect(readdirSync(place.dir)).toEqual([]);
      await expect(mounted.unmount(place)).rejects.toMatchObject({ code: "MOUNT_UNKNOWN" });
    },
    SLOW,
  );

  itIf(machinesRun, whyNoMachine)(
    "tells by their whole names which files the bucket lacks when the storage refuses them to the end",
    async () => {
      await put("Report", "an older one");
      const place = await mount("refused", writer, { TIGRISFS_RETRY_INTERVAL: "1s", STOP_FLUSH_SECONDS: "2" });
      await home.cloud.faults({ vendor: "tigris", operation: "^PutObject$", kind: "error", status: 503 });
      writeFileSync(join(place.dir, "Report: final.md"), "lost");
      await expect(mounted.unmount(place)).rejects.toThrow(/MOUNT_NOT_FLUSHED.*(?:\n.*)*Report: final\.md$/m);
    },
    SLOW,
  );

  itIf(machinesRun, whyNoMachine)(
    "without a network fails reads within a limit, hangs nobody, and reads again when it is back",
    async () => {
      await put("far/away.txt", "still here 0");
      const place = await mount("lost", reader, { TIGRISFS_HTTP_TIMEOUT: "1s" });
      const file = join(place.dir, "far/away.txt");
      const until = async (isSo: (read: ReturnType<typeof shell>) => boolean) => {
        for (let read = shell(`cat ${file}`); ; read = shell(`cat ${file}`)) {
          if (isSo(read)) return read;
          await sleep(100);
        }
      };
      expect(shell(`cat ${file}`).out).toBe("still here 0");
      const silence = { vendor: "tigris", kind: "timeout" } as const;
      for (const [count, lose, find] of [
        [1, () => home.cloud.faults(silence), () => home.cloud.faults()],
        [2, () => home.cloud.kill(), () => home.cloud.restart()],
      ] as const) {
        await put("far/away.txt", `still here ${count}`);
        await lose();
        // At first from memory, until that has grown old.
        const { err } = await until(({ code }) => code !== 0);
        expect(err).toMatch(/Input\/output error/);
        await find();
        expect(await until(({ out }) => out === `still here ${count}`)).toMatchObject({ code: 0 });
      }
      await mounted.unmount(place);
    },
    SLOW,
  );

  itIf(machinesRun, whyNoMachine)(
    "works by the written command alone, read-only for a key that is",
    async () => {
      await put("by-hand.txt", "read by TigrisFS");
      const [script, dir] = [join(home.dir, "mount.sh"), join(home.dir, "by-hand")];
      writeFileSync(script, KEY_FORMS.tigrisfs(reader));
      mkdirSync(dir);
      const child = spawn("sh", [script, dir], { stdio: "ignore" });
      const ended = new Promise((resolve) => child.on("close", resolve));
      while (!existsSync(join(dir, "by-hand.txt")) && child.exitCode === null) await sleep(50);
      const { out, err } = shell("cat by-hand.txt; echo no > no", dir);
      expect([out, err]).toEqual(["read by TigrisFS", expect.stringContaining("Read-only file system")]);
      shell(`fusermount3 -u ${dir}`);
      await ended;
    },
    SLOW,
  );

  const isReadable = spawnSync("test", ["-r", MODULE], { uid: NOBODY, gid: NOBODY }).status === 0;
  itIf(machinesRun && isReadable, whyNoMachine || "other users cannot read this checkout")(
    "needs no root",
    async () => {
      const mine = join(home.dir, "nobody");
      mkdirSync(mine);
      copyFileSync(shell("command -v tigrisfs").out.trim(), join(mine, "tigrisfs"));
      copyFileSync(process.execPath, join(mine, "node"));
      shell(`chmod 755 ${home.dir} ${mine}/*; chown ${NOBODY} ${mine}`);
      const program = `import { writeFileSync } from "node:fs";
        const mounted = await import(${JSON.stringify(MODULE)});
        const place = mounted.mountPlace(${JSON.stringify(mine)}, ${JSON.stringify(join(mine, "m"))});
        const env = { PATH: ${JSON.stringify(`${mine}:${process.env["PATH"] ?? ""}`)} };
        await mounted.mount(${JSON.stringify(writer)}, place, { readOnly: false, env });
        writeFileSync(place.dir + "/by-nobody.txt", "no root");
        await mounted.unmount(place);`;
      const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", program];
      // As an ordinary system has it: everybody may open these. Only in a mount namespace, so that nothing here changes.
      const devices = ["fuse c 10 229", "null c 1 3"].map((node) => `mknod -m 666 ${mine}/dev/${node}`);
      const binds = ["fuse", "null"].map((name) => `mount --bind ${mine}/dev/${name} /dev/${name}`);
      const ordinary = [`mount -t tmpfs none ${mine}/dev`, ...devices, ...binds].join(" && ");
      const asNobody = `${ordinary} && exec setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups "$@"`;
      mkdirSync(join(mine, "dev"));
      const command = ["--mount", "--", "sh", "-c", asNobody, "sh", join(mine, "node"), ...args];
      expect(spawnSync("unshare", command, { cwd: "/", encoding: "utf8" }).stderr).toBe("");
      expect(await names("by-nobody.txt")).toEqual(["by-nobody.txt"]);
    },
    SLOW,
  );
});
