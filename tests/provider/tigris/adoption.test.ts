import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  CreateBucketCommand,
  GetBucketTaggingCommand,
  ListObjectsV2Command,
  PutBucketTaggingCommand,
} from "@aws-sdk/client-s3";

import { HalfDone } from "../../../provider/plugin/resource-type.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { bucketInputs, keyInputs, knownBucket, openRoom, putFile, s3As, withRecords } from "./stage.ts";

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startCloud({ vendors: ["tigris"] });
});
afterAll(() => cloud.dispose());

/** Somebody makes a bucket of this name, with this mark if any. */
async function exists(name: string, mark?: string): Promise<void> {
  await s3As(cloud).send(new CreateBucketCommand({ Bucket: name }));
  if (mark === undefined) return;
  const TagSet = [{ Key: "tenantry-owner", Value: mark }];
  await s3As(cloud).send(new PutBucketTaggingCommand({ Bucket: name, Tagging: { TagSet } }));
}

/** An S3 in front of the real one that answers every CreateBucket of a bucket of ours with 200, as AWS does in us-east-1. */
async function agreeable(behind: string): Promise<{ endpoint: string; close(): Promise<void> }> {
  const server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const forward = request(`${behind}${url ?? "/"}`, { method, headers }, (answer) => {
      const status = answer.statusCode === 409 ? 200 : (answer.statusCode ?? 502);
      outgoing.writeHead(status, status === 200 && answer.statusCode === 409 ? {} : answer.headers);
      if (answer.statusCode === 409) answer.resume().on("end", () => outgoing.end());
      else answer.pipe(outgoing);
    });
    incoming.pipe(forward);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const closed = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { endpoint: `http://127.0.0.1:${port}`, close: closed };
}

async function markOn(name: string): Promise<string | undefined> {
  const { TagSet = [] } = await s3As(cloud).send(new GetBucketTaggingCommand({ Bucket: name }));
  return TagSet.find(({ Key }) => Key === "tenantry-owner")?.Value;
}

describe("a name that is taken", () => {
  it("by ourselves, after a run whose state was lost: the bucket is adopted and brought to what is declared", async () => {
    const before = openRoom(cloud);
    await before.bucket.create(bucketInputs(before, { name: "tnt-ours", softDeleteDays: 0 }), before.call());
    await putFile(cloud, "tnt-ours");
    const room = openRoom(cloud);
    const call = room.call();
    const inputs = bucketInputs(room, {
      name: "tnt-ours",
      locations: "fra",
      snapshots: true,
      deletionProtection: true,
    });
    await expect(room.bucket.create(inputs, call)).resolves.toEqual({ id: "tnt-ours", state: {} });
    expect((await room.bucket.read("tnt-ours", undefined, call))?.inputs).toEqual(inputs);
    expect(call.lines).toEqual([]);
    const { Contents } = await s3As(cloud).send(new ListObjectsV2Command({ Bucket: "tnt-ours" }));
    expect(Contents).toHaveLength(1);
  });

  it("by another stack: refused also where the vendor answers a second CreateBucket with 200", async () => {
    const mark = "00112233445566778899aabbccddeeff/prod/acme";
    await exists("tnt-twice", mark);
    const { endpoint, close } = await agreeable(cloud.descriptor.tigris.endpoint);
    const tigris = { ...cloud.descriptor.tigris, endpoint };
    const room = openRoom({ ...cloud, descriptor: { ...cloud.descriptor, tigris } });
    const refused = room.bucket.create(bucketInputs(room, { name: "tnt-twice" }), room.call());
    await expect(refused).rejects.toMatchObject({ kind: { code: "TIGRIS_NAME_TAKEN" } });
    expect(await markOn("tnt-twice")).toBe(mark);
    await close();
  });

  it.each([
    ["another tenant", "00112233445566778899aabbccddeeff/test/globex", "tenant globex of stack test"],
    ["another stack", "00112233445566778899aabbccddeeff/prod/acme", "tenant acme of stack prod"],
    ["another fleet", "ffff/test/acme", "in fleet ffff"],
    ["a tool of their own", "team-7", 'marks buckets "team-7"'],
  ])("by %s: refused, with who seems to hold it and how to take it over", async (who, mark, said) => {
    const name = `tnt-by-${who.replaceAll(" ", "-")}`;
    await exists(name, mark);
    const room = openRoom(cloud);
    const call = room.call({ token: "tenantry:tigris:Bucket" });
    const failure: unknown = await room.bucket
      .create(bucketInputs(room, { name }), call)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: "TIGRIS_NAME_TAKEN",
      message: expect.stringContaining(said),
      context: { tenant: "acme", next: expect.stringContaining(call.importLine(name)) },
    });
    await expect(markOn(name)).resolves.toBe(mark);
  });

  it("by another organisation: refused", async () => {
    await withRecords(cloud, ({ foreign }) => foreign.put("tnt-elsewhere", { owner: "org_other" }));
    const room = openRoom(cloud);
    await expect(room.bucket.create(bucketInputs(room, { name: "tnt-elsewhere" }), room.call())).rejects.toThrow(
      /^TIGRIS_NAME_TAKEN: .*another organisation/,
    );
  });

  it("by an unmarked bucket with objects: refused, and left as it is", async () => {
    await exists("tnt-unmarked-full");
    await putFile(cloud, "tnt-unmarked-full");
    const room = openRoom(cloud);
    await expect(room.bucket.create(bucketInputs(room, { name: "tnt-unmarked-full" }), room.call())).rejects.toThrow(
      /^TIGRIS_NAME_TAKEN: .*unmarked and with objects/,
    );
    await expect(markOn("tnt-unmarked-full")).rejects.toThrow(/NoSuchTagSet|TagSet/);
  });

  it("by an unmarked empty bucket of our organisation: taken for the remains of an interrupted run, and said so", async () => {
    await exists("tnt-unmarked-empty");
    const room = openRoom(cloud);
    const call = room.call();
    const inputs = bucketInputs(room, { name: "tnt-unmarked-empty", locations: "fra", snapshots: true });
    await room.bucket.create(inputs, call);
    expect((await room.bucket.read("tnt-unmarked-empty", undefined, call))?.inputs).toEqual(inputs);
    expect(call.lines).toEqual([{ severity: "warning", line: expect.stringContaining("interrupted run") }]);
  });

  it("by an unmarked empty bucket for which keys were made: somebody's, whose mark was taken away, and refused", async () => {
    const theirs = openRoom(cloud);
    await theirs.bucket.create(bucketInputs(theirs, { name: "tnt-mark-away" }), theirs.call());
    await theirs.key.create(keyInputs(theirs, { bucket: "tnt-mark-away" }, theirs.call()), theirs.call());
    await s3As(cloud).send(new PutBucketTaggingCommand({ Bucket: "tnt-mark-away", Tagging: { TagSet: [] } }));
    const room = openRoom(cloud);
    await expect(room.bucket.create(bucketInputs(room, { name: "tnt-mark-away" }), room.call())).rejects.toThrow(
      /^TIGRIS_NAME_TAKEN: .*unmarked and with a key's policy/,
    );
  });

  it("by somebody who is just making it: it is theirs, although it was unmarked and empty for a moment", async () => {
    await exists("tnt-race");
    const room = openRoom(cloud);
    // Held up between its two looks at the tags.
    await cloud.faults({ kind: "latency", operation: "^ListObjectsV2$", latencyMs: 500 });
    const mine = room.bucket
      .create(bucketInputs(room, { name: "tnt-race" }), room.call())
      .catch((error: unknown) => error);
    const TagSet = [{ Key: "tenantry-owner", Value: "ffff/prod/globex" }];
    await s3As(cloud).send(new PutBucketTaggingCommand({ Bucket: "tnt-race", Tagging: { TagSet } }));
    expect(await mine).toMatchObject({ code: "TIGRIS_NAME_TAKEN" });
    await cloud.faults();
    await expect(markOn("tnt-race")).resolves.toBe("ffff/prod/globex");
  });

  it("by a deleted bucket whose name Tigris still reserves: refused, with what to do", async () => {
    const room = openRoom(cloud);
    const inputs = bucketInputs(room, { name: "tnt-soft-deleted", deletable: true });
    await room.bucket.create(inputs, room.call());
    await room.bucket.delete("tnt-soft-deleted", knownBucket(inputs), room.call());
    await expect(room.bucket.create(inputs, room.call())).rejects.toThrow(
      /^TIGRIS_NAME_RESERVED: .*next: Restore the deleted bucket/s,
    );
  });

  it("by two tenants of one stack at once: one gets it", async () => {
    const tries = await Promise.allSettled(
      ["acme", "globex"].map((tenant) => {
        const room = openRoom(cloud);
        return room.bucket.create(bucketInputs(room, { name: "tnt-twins", tenant }), room.call());
      }),
    );
    expect(tries.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });
});

describe("a create that breaks off", () => {
  const points = ["CreateBucket", "PutBucketTagging", "PatchBucket"].flatMap((operation) =>
    (["before", "after"] as const).map((when) => ({ operation, when })),
  );

  it.each(points)(
    "$when the effect of $operation is repeated, and everything exists once",
    async ({ operation, when }) => {
      const name = `tnt-break-${operation.toLowerCase()}-${when}`;
      const first = openRoom(cloud, { retries: 0 });
      const inputs = bucketInputs(first, { name, locations: "fra", deletionProtection: true });
      await cloud.faults({ kind: "reset", operation: `^${operation}$`, when, times: 1 });
      const failure: unknown = await first.bucket.create(inputs, first.call()).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Error);
      await cloud.faults();
      const again = openRoom(cloud);
      await again.bucket.create(inputs, again.call());
      expect((await again.bucket.read(name, undefined, again.call()))?.inputs).toEqual(inputs);
    },
  );

  it.each(["PutBucketTagging", "PatchBucket"])(
    "at %s is stored as half done, and the next update finishes it",
    async (operation) => {
      const name = `tnt-half-${operation.toLowerCase()}`;
      const first = openRoom(cloud, { retries: 0 });
      const inputs = bucketInputs(first, { name, deletionProtection: true });
      await cloud.faults({ kind: "reset", operation: `^${operation}$`, times: 1 });
      const failure: unknown = await first.bucket.create(inputs, first.call()).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(HalfDone);
      expect(failure).toMatchObject({ existing: { id: name, state: {} } });
      await cloud.faults();
      const again = openRoom(cloud);
      await again.bucket.update?.(name, knownBucket(inputs), inputs, again.call());
      expect((await again.bucket.read(name, undefined, again.call()))?.inputs).toEqual(inputs);
    },
  );

  it.each([
    { kind: "error", status: 503 },
    { kind: "throttle", retryAfterSeconds: 0 },
    { kind: "reset" },
    { kind: "reset", when: "after" },
  ] as const)("is finished in the same run when Tigris recovers: %j", async (fault) => {
    const name = `tnt-recovers-${Object.values(fault).join("-")}`;
    await cloud.faults({ ...fault, mutating: true, times: 2 });
    const room = openRoom(cloud);
    const inputs = bucketInputs(room, { name, deletionProtection: true });
    await room.bucket.create(inputs, room.call());
    await cloud.faults();
    expect((await room.bucket.read(name, undefined, room.call()))?.inputs).toEqual(inputs);
  });
});

describe("the claim that other rooms ask for", () => {
  it.each([
    ["ours", "by-us"],
    ["theirs", "by-other"],
    ["unmarked", "by-nobody"],
    ["elsewhere", "by-other"],
    ["nothing", "gone"],
  ])("on a bucket that is %s is held %s", async (whose, held) => {
    const name = `tnt-claim-${whose}`;
    const room = openRoom(cloud);
    const owner = room.call().owner("acme");
    if (whose === "ours") await room.bucket.create(bucketInputs(room, { name }), room.call());
    if (whose === "theirs") await exists(name, "ffff/prod/globex");
    if (whose === "unmarked") await exists(name);
    if (whose === "elsewhere") await withRecords(cloud, ({ foreign }) => foreign.put(name, { owner: "org_other" }));
    await expect(room.claims.read(name, owner)).resolves.toMatchObject({ held });
  });

  it("is read once for all that ask at the same time, and anew for whoever asks later", async () => {
    await exists("tnt-asked");
    const room = openRoom(cloud);
    const owner = room.call().owner("acme");
    await cloud.forgetCalls();
    const answers = await Promise.all([1, 2, 3].map(() => room.claims.read("tnt-asked", owner)));
    expect(answers).toEqual(Array(3).fill({ held: "by-nobody" }));
    expect((await cloud.calls()).map(({ count }) => count)).toEqual([1]);
    await room.bucket.create(bucketInputs(room, { name: "tnt-asked" }), room.call());
    await expect(room.claims.read("tnt-asked", owner)).resolves.toEqual({ held: "by-us" });
  });

  it("throws when it cannot be read", async () => {
    await exists("tnt-unreadable");
    await cloud.faults({ kind: "error", status: 500, operation: "^GetBucketTagging$" });
    const room = openRoom(cloud, { retries: 0 });
    await expect(room.claims.read("tnt-unreadable", room.call().owner("acme"))).rejects.toThrow(/^VENDOR_FAILED/);
    await cloud.faults();
  });
});
