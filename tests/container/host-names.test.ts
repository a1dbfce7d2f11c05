import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { existsSync } from "node:fs";

import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect } from "@jest/globals";

import { KEY_FORMS, type BucketAccess } from "../../operations/files/key-forms.ts";
import { s3For } from "../local/tigris/clients.ts";
import "../support/localhost-names.js";
import { itIf } from "../support/skip.ts";
import { machinesRun, whyNoMachine } from "./machine.ts";
import { tenants } from "./tenants.ts";

// Where calls that name a bucket in the path are refused. Programs of Go look a name up in /etc/hosts, so each that is started here
// has one of its own.
const { cloud, start, tenant, clear, dispose } = tenants({ storage: "by-name" });
let dir: string;
beforeAll(async () => {
  await start();
  dir = mkdtempSync(join(tmpdir(), "tenantry-hosts-"));
  if (machinesRun) await cloud().switches({ "tigris.pathStyleRefused": true });
});
afterAll(async () => {
  await clear();
  await dispose();
  rmSync(dir, { recursive: true });
});

/** What to put before a command so that it finds the bucket by its host name. */
function finding(bucket: string): string[] {
  const hosts = join(dir, `hosts-${bucket}`);
  writeFileSync(hosts, `127.0.0.1 localhost ${bucket}.localhost\n`, { mode: 0o644 });
  return ["sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', hosts];
}

const hasRclone = (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, "rclone")));

describe("a machine where Tigris refuses buckets in the path", () => {
  itIf(machinesRun, whyNoMachine)(
    "mounts, watches and fills its bucket by the bucket's host name",
    async () => {
      const one = await tenant();
      const look =
        'echo hello >"$MOUNT_PATH/one"; until [ "$(cat "$MOUNT_PATH/two" 2>&1)" = there ]; do sleep 0.1; done';
      const watched = { TIGRISFS_STAT_CACHE_TTL: "5s", WATCHED_STAT_CACHE_TTL: "1h", TIGRISFS_NO_PRELOAD_DIR: "true" };
      const machine = one.machine(["sh", "-c", `${look}; echo seen`], watched, finding(one.bucket));
      await machine.says(/watch: \d+ objects, listed/);
      await s3For(cloud()).send(new PutObjectCommand({ Bucket: one.bucket, Key: "two", Body: "there" }));
      expect([await machine.ended, machine.log()]).toEqual([0, expect.stringMatching(/^seen$/m)]);
      expect(await one.text("one")).toBe("hello\n");
    },
    60_000,
  );

  itIf(machinesRun, whyNoMachine)(
    "is not started when it is told to name its bucket in the path",
    async () => {
      const one = await tenant();
      const told = { S3_PATH_STYLE: "true", MOUNT_WAIT_SECONDS: "4" };
      const machine = one.machine(["true"], told, finding(one.bucket));
      expect([await machine.ended, machine.log()]).toEqual([
        69,
        expect.stringContaining(`Unable to access '${one.bucket}'`),
      ]);
    },
    60_000,
  );

  itIf(machinesRun && hasRclone, "machines cannot run here, or rclone is not on PATH")(
    "has a bucket that rclone reaches with the config that is printed for people",
    async () => {
      const { bucket, key } = await tenant();
      await s3For(cloud()).send(new PutObjectCommand({ Bucket: bucket, Key: "from/us", Body: "hello" }));
      const config = join(dir, "rclone.conf");
      const { endpoint } = cloud().descriptor.tigris;
      const open = { ...OPEN, bucket, keyId: key.accessKeyId, secret: key.secretAccessKey };
      writeFileSync(config, KEY_FORMS.rclone({ tenant: bucket, key: open, endpoint, tigrisfs: {} }));
      const args = ["--mount", "--", ...finding(bucket)];
      const ask = ["rclone", "--config", config, "--retries", "1", "cat", `${bucket}-laptop:${bucket}/from/us`];
      const { stdout, stderr } = spawnSync("unshare", [...args, ...ask], { encoding: "utf8", timeout: 60_000 });
      expect({ stdout, stderr }).toEqual({ stdout: "hello", stderr: "" });
    },
    90_000,
  );
});

describe("a state in a bucket where Tigris refuses buckets in the path", () => {
  itIf(machinesRun, whyNoMachine)(
    "is kept by Pulumi at the address that the documents give, which names the bucket by its host name",
    async () => {
      const { bucket } = await tenant();
      const { endpoint, accessKeyId, secretAccessKey } = cloud().descriptor.tigris;
      writeFileSync(join(dir, "Pulumi.yaml"), "name: by-name\nruntime: nodejs\n");
      const env = {
        ...process.env,
        PULUMI_BACKEND_URL: `s3://${bucket}?endpoint=${endpoint}&region=auto`,
        PULUMI_CONFIG_PASSPHRASE: "by-name",
        PULUMI_SKIP_UPDATE_CHECK: "1",
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      };
      const args = ["--mount", "--", ...finding(bucket), "pulumi"];
      const init = spawnSync("unshare", [...args, "stack", "init", "dev"], { cwd: dir, env, encoding: "utf8" });
      expect(init).toMatchObject({ status: 0 });
      const listed = spawnSync("unshare", [...args, "stack", "ls", "--json"], { cwd: dir, env, encoding: "utf8" });
      expect(listed.stdout).toContain('"name": "dev"');
    },
    90_000,
  );
});

const OPEN: Omit<BucketAccess["key"], "bucket" | "keyId" | "secret"> = {
  name: "laptop",
  mode: "read-write",
  backend: "tigris",
  region: "auto",
  issued: "2026-01-01T00:00:00Z",
  due: null,
  enabled: true,
};
