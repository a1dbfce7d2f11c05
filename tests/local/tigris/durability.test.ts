import { readdirSync, readFileSync, statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import {
  addPolicy,
  attachPolicyToAccessKey,
  createAccessKey,
  listAccessKeys,
  listPolicies,
  removeAccessKey,
} from "@tigrisdata/iam";
import { getBucketInfo, getPresignedUrl } from "@tigrisdata/storage";

import { type Bucket, buckets } from "../../../local/tigris/buckets.ts";
import { openStore, type Table } from "../../../local/store.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { dataOf, iamFor, type KeyPair, rootOf, s3For, storageFor } from "./clients.ts";
import { signedFetch } from "./signed-fetch.ts";

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startCloud({ vendors: ["tigris"] });
});
afterAll(() => cloud.dispose());

/** What a tenant is made of, in the order in which the provider makes it. */
async function makeTenant(name: string): Promise<KeyPair> {
  const headers = { "x-tigris-regions": "fra", "x-tigris-soft-delete": "7" };
  const answer = await signedFetch(`${cloud.descriptor.tigris.endpoint}/${name}`, rootOf(cloud), {
    method: "PUT",
    headers,
  });
  if (!answer.ok) throw new Error(await answer.text());
  const config = iamFor(cloud);
  const statements = [
    { effect: "Allow", action: "s3:*", resource: [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`] },
  ];
  const document = { version: "2012-10-17", statements } as never;
  const policy = dataOf(await addPolicy(name, { description: "", document, config }));
  const { id, secret = "" } = dataOf(await createAccessKey(name, { config }));
  dataOf(await attachPolicyToAccessKey(id, policy.resource, { config }));
  const key = { accessKeyId: id, secretAccessKey: secret };
  await s3For(cloud, key).send(new PutObjectCommand({ Bucket: name, Key: "who", Body: name }));
  return key;
}

async function whoIs(name: string, key: KeyPair): Promise<string | undefined> {
  const { Body } = await s3For(cloud, key).send(new GetObjectCommand({ Bucket: name, Key: "who" }));
  return Body?.transformToString();
}

function editBuckets(edit: (table: Table<Bucket>) => void): void {
  const store = openStore(join(cloud.home, "cloud", "tigris", "store.db"));
  edit(buckets(store));
  store.close();
}

describe("what the embedded Tigris has acknowledged", () => {
  it("survives a stop and a start, at the same addresses, with the same credentials", async () => {
    const key = await makeTenant("steady");
    const before = cloud.descriptor.tigris;
    await cloud.halt();
    await cloud.restart();
    expect(cloud.descriptor.tigris).toEqual(before);
    expect(await whoIs("steady", key)).toBe("steady");
    const info = dataOf(await getBucketInfo("steady", { config: storageFor(cloud) }));
    expect(info).toMatchObject({ regions: ["fra"], settings: { softDelete: { enabled: true, retentionDays: 7 } } });
  });

  it("survives a kill -9 in the midst of traffic, and nothing is left half", async () => {
    for (let round = 0; round < 3; round++) {
      const acknowledged = new Map<string, KeyPair>();
      const traffic = Array.from({ length: 12 }, async (_, i) => {
        const name = `storm-${round}-${i}`;
        acknowledged.set(name, await makeTenant(name));
      });
      await sleep(40 + 60 * round);
      await cloud.kill();
      await Promise.allSettled(traffic);
      await cloud.restart();

      for (const [name, key] of acknowledged) expect(await whoIs(name, key)).toBe(name);
      await everythingAgrees();
    }
  });

  it("leaves nothing behind of an upload that a kill -9 broke off", async () => {
    const s3 = s3For(cloud);
    const root = join(cloud.home, "cloud", "tigris", "objects", "half");
    const files = () => readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    await s3.send(new CreateBucketCommand({ Bucket: "half" }));
    const { port } = new URL(cloud.descriptor.tigris.endpoint);
    const config = { ...storageFor(cloud), bucket: "half" };
    const { url } = dataOf(await getPresignedUrl("broken", { operation: "put", config }));
    const socket = connect(Number(port), "127.0.0.1").on("error", () => undefined);
    socket.write(`PUT ${url.slice(url.indexOf("/", 8))} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`);
    socket.write(`Content-Length: 1000000\r\n\r\n${"x".repeat(500_000)}`);
    while (files().length === 0) await sleep(5);
    await cloud.kill();
    await cloud.restart();
    expect(files()).toEqual([]);
    expect((await s3.send(new ListObjectsV2Command({ Bucket: "half" }))).KeyCount).toBe(0);
  });

  it("is denied again after a kill -9 when it was taken back before", async () => {
    const key = await makeTenant("revoked");
    dataOf(await removeAccessKey(key.accessKeyId, { config: iamFor(cloud) }));
    await cloud.kill();
    await cloud.restart();
    await expect(whoIs("revoked", key)).rejects.toMatchObject({ name: "InvalidAccessKeyId" });
  });
});

/** Every bucket that is listed exists at the engine and has settings; every key that is listed is known to the engine. */
async function everythingAgrees(): Promise<void> {
  const s3 = s3For(cloud);
  const { Buckets = [] } = await s3.send(new ListBucketsCommand());
  await Promise.all(
    Buckets.map(async ({ Name }) => {
      await s3.send(new HeadBucketCommand({ Bucket: Name }));
      await s3.send(new ListObjectsV2Command({ Bucket: Name }));
    }),
  );
  const onDisk = readdirSync(join(cloud.home, "cloud", "tigris", "objects")).filter((name) => !name.startsWith("."));
  expect(onDisk.toSorted()).toEqual(Buckets.map(({ Name }) => Name).toSorted());

  const listed = dataOf(await listAccessKeys({ config: iamFor(cloud) })).accessKeys.map(({ id }) => id);
  const file = readFileSync(join(cloud.home, "cloud", "tigris", "iam", "iam.json"), "utf8");
  const known = Object.keys((JSON.parse(file) as { users: object }).users);
  expect(known.toSorted()).toEqual(listed.toSorted());
}

describe("a call that a crash cut short", () => {
  it("is settled by what the engine has, at the next start", async () => {
    const s3 = s3For(cloud);
    await Promise.all(["made", "kept", "gone"].map((Bucket) => s3.send(new CreateBucketCommand({ Bucket }))));
    await cloud.kill();
    editBuckets((table) => {
      // Created at the engine, the answer not yet noted; deletion begun, not done; begun and done; creation not even begun.
      for (const name of ["made", "kept", "gone"]) {
        const bucket = table.get(name);
        if (bucket !== undefined) table.put(name, { ...bucket, unsettled: true });
      }
      const template = table.get("made");
      if (template !== undefined) table.put("never", template);
    });
    await cloud.restart();
    await s3For(cloud).send(new DeleteBucketCommand({ Bucket: "gone" }));
    await everythingAgrees();
    const names = (await s3For(cloud).send(new ListBucketsCommand())).Buckets?.map(({ Name }) => Name) ?? [];
    expect(names).toEqual(expect.arrayContaining(["made", "kept"]));
    expect(names).not.toContain("never");
    expect(names).not.toContain("gone");
  });

  it("leaves the name free for the next try", async () => {
    const { Location } = await s3For(cloud).send(new CreateBucketCommand({ Bucket: "never" }));
    expect(Location).toBe("/never");
  });
});

describe("a soft-deleted bucket", () => {
  it("is gone for good, and its name free, when its retention is over", async () => {
    await makeTenant("fading");
    const headers = { "tigris-force-delete": "true" };
    const { endpoint } = cloud.descriptor.tigris;
    await signedFetch(`${endpoint}/fading`, rootOf(cloud), { method: "DELETE", headers });
    await cloud.halt();
    editBuckets((table) => {
      const bucket = table.get("fading");
      const at = new Date(Date.now() - 8 * 86_400_000).toISOString();
      if (bucket?.deleted !== undefined) table.put("fading", { ...bucket, deleted: { at, retentionDays: 7 } });
    });
    await cloud.restart();
    await everythingAgrees();
    await s3For(cloud).send(new CreateBucketCommand({ Bucket: "fading" }));
    const { Contents = [] } = await s3For(cloud).send(new ListObjectsV2Command({ Bucket: "fading" }));
    expect(Contents).toEqual([]);
  });
});

describe("secrets of the embedded Tigris", () => {
  it("are in no log, in no argument and in no file that others may read", async () => {
    const { secretAccessKey } = await makeTenant("discreet");
    const secrets = [secretAccessKey, rootOf(cloud).secretAccessKey];
    const dir = join(cloud.home, "cloud");
    const tigrisDir = join(dir, "tigris");
    const logs = [join(dir, "cloud.log"), join(tigrisDir, "iam-engine.log"), join(tigrisDir, "s3-engine.log")];
    const written = logs.map((path) => readFileSync(path, "utf8")).join("");
    const argv = readdirSync("/proc")
      .filter((pid) => /^\d+$/.test(pid))
      .map(commandLine)
      .filter((line) => line.includes(tigrisDir));
    expect(argv.length).toBeGreaterThan(0);
    for (const secret of secrets) {
      expect(written).not.toContain(secret);
      expect(argv.join("\n")).not.toContain(secret);
    }
    expect(statSync(tigrisDir).mode & 0o077).toBe(0);
    expect(statSync(join(tigrisDir, "iam", "iam.json")).mode & 0o077).toBe(0);
  });

  it("leave the policies of a listing alone", async () => {
    const text = JSON.stringify(dataOf(await listPolicies({ config: iamFor(cloud) })));
    expect(text).not.toContain("tsec_");
  });
});

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
