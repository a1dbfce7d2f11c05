import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketTaggingCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import {
  addPolicy,
  assignBucketRoles,
  attachPolicyToAccessKey,
  createAccessKey,
  deletePolicy,
  detachPolicyFromAccessKey,
  editPolicy,
  listAccessKeys,
  removeAccessKey,
} from "@tigrisdata/iam";

import { differences } from "../../../provider/plugin/detailed-diff.ts";
import { HalfDone, type Existing } from "../../../provider/plugin/resource-type.ts";
import type { AccessKeyInputs, AccessKeyState } from "../../../provider/tigris/access-key.ts";
import { policyDocument } from "../../../provider/tigris/policy-document.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";
import {
  bucketInputs,
  keyInputs,
  type KeyPair,
  keyPair,
  keysOn,
  known,
  openRoom,
  policiesOn,
  putFile,
  type Room,
  s3As,
  withRecords,
} from "./stage.ts";

let cloud: TestCloud;
let room: Room;
let count = 0;
/** A bucket of its own for each test. */
let bucket: string;

beforeAll(async () => {
  cloud = await startCloud({ vendors: ["tigris"] });
});
afterAll(() => cloud.dispose());
beforeEach(async () => {
  room = openRoom(cloud);
  bucket = `tnt-${(count += 1)}`;
  await room.bucket.create(bucketInputs(room, { name: bucket }), room.call());
});

type Made = Existing<AccessKeyState> & { inputs: AccessKeyInputs };

async function made(change: Partial<AccessKeyInputs> = {}, at: Room = room): Promise<Made> {
  const call = at.call();
  const inputs = keyInputs(at, { bucket, ...change }, call);
  return { ...(await at.key.create(inputs, call)), inputs };
}

/** What the engine does when an input in `replaceOn` changes: the new one first. */
async function rotated(old: Made, at: Room = room): Promise<Made> {
  const call = at.call({ replaces: old.id });
  const inputs = keyInputs(at, { ...old.inputs, epoch: old.inputs.epoch + 1 }, call, old.inputs);
  return { ...(await at.key.create(inputs, call)), inputs };
}

async function seen({ id, inputs, state }: Made): Promise<string[] | "gone"> {
  const observed = await room.key.read(id, { inputs, state }, room.call());
  return observed === undefined ? "gone" : differences({ ...observed.inputs }, { ...inputs }).map(({ input }) => input);
}

const remove = (key: Made, at: Room = room, current?: string) =>
  at.key.delete(key.id, known(key.inputs, key), at.call(current === undefined ? {} : { replaces: current }));
const update = (key: Made, news = key.inputs) => room.key.update?.(key.id, known(key.inputs, key), news, room.call());

function config() {
  const { iamEndpoint, accessKeyId, secretAccessKey } = cloud.descriptor.tigris;
  return { iamEndpoint, accessKeyId, secretAccessKey };
}

const arn = (name: string) => `arn:aws:iam::org_embedded:policy/${name}`;
const denied = { name: "AccessDenied" };
const list = (s3: S3Client, Bucket: string) => s3.send(new ListObjectsV2Command({ Bucket }));
const mayRead = (pair: KeyPair) =>
  list(s3As(cloud, pair), bucket).then(
    () => true,
    () => false,
  );

describe("a new key", () => {
  it("costs four calls: a look, policy, key, attachment", async () => {
    // The first of a process also learns from a list how policies are called.
    await made({ purpose: "access-first" });
    await cloud.forgetCalls();
    await made();
    expect((await cloud.calls()).map(({ operation, count: times }) => [operation, times])).toEqual([
      ["GetPolicyDetailed", 1],
      ["CreatePolicy", 1],
      ["CreateAccessKeyWithBucketsRole", 1],
      ["AttachUserPolicy", 1],
    ]);
  });

  it("has no role, and a name that tells what it is for", async () => {
    const key = await made({ purpose: "access-alice-laptop", mode: "read-only", epoch: 3 });
    const { data } = await listAccessKeys({ config: config() });
    const [listed] = data?.accessKeys.filter(({ id }) => id === key.id) ?? [];
    expect(listed).toMatchObject({
      name: expect.stringMatching(new RegExp(`^tenantry_${bucket}_access-alice-laptop_ro_e3_\\d{8}T\\d{6}Z$`)),
      roles: [],
    });
  });

  it("reads back exactly as it was declared", async () => {
    await expect(seen(await made())).resolves.toEqual([]);
    await expect(seen(await made({ purpose: "access-bob", mode: "read-only" }))).resolves.toEqual([]);
    await expect(seen(await made({ purpose: "access-eve", enabled: false }))).resolves.toEqual([]);
  });

  it("cannot be imported, and says what happens instead", async () => {
    const { id } = await made();
    await expect(room.key.read(id, undefined, room.call())).rejects.toThrow(
      /^TIGRIS_KEY_IMPORT: .*next: .*next `up` creates a new one and revokes the tenant's old keys/s,
    );
  });

  it("keeps its secret out of everything but its secret output", async () => {
    const { id, state, inputs } = await made();
    const names = JSON.stringify([id, inputs, await keysOn(cloud, bucket)]);
    expect(names).not.toContain(state.secretAccessKey);
    expect(room.key.secretOutputs).toEqual(["secretAccessKey"]);
  });
});

describe("what a key opens", () => {
  let others: string;

  beforeEach(async () => {
    others = `${bucket}-other`;
    await room.bucket.create(bucketInputs(room, { name: others, tenant: "globex" }), room.call());
    await putFile(cloud, others);
  });

  it("is its own bucket, to read and write files", async () => {
    const s3 = s3As(cloud, keyPair(await made()));
    const file = { Bucket: bucket, Key: "notes.txt" };
    await s3.send(new PutObjectCommand({ ...file, Body: "hello" }));
    await expect(s3.send(new GetObjectCommand(file)).then(({ Body }) => Body?.transformToString())).resolves.toBe(
      "hello",
    );
    await expect(list(s3, bucket)).resolves.toMatchObject({ KeyCount: 1 });
    await s3.send(new DeleteObjectCommand(file));
  });

  it("is its own bucket, only to read, when it is read-only", async () => {
    await putFile(cloud, bucket);
    const s3 = s3As(cloud, keyPair(await made({ mode: "read-only", purpose: "access-alice" })));
    const file = { Bucket: bucket, Key: "notes.txt" };
    await expect(s3.send(new GetObjectCommand(file)).then(({ Body }) => Body?.transformToString())).resolves.toBe(
      "hello",
    );
    await expect(s3.send(new PutObjectCommand({ ...file, Body: "no" }))).rejects.toMatchObject(denied);
    await expect(s3.send(new DeleteObjectCommand(file))).rejects.toMatchObject(denied);
  });

  it.each([
    ["list another's bucket", (s3: S3Client) => list(s3, others)],
    ["read another's file", (s3: S3Client) => s3.send(new GetObjectCommand({ Bucket: others, Key: "notes.txt" }))],
    ["write there", (s3: S3Client) => s3.send(new PutObjectCommand({ Bucket: others, Key: "x", Body: "x" }))],
    ["create a bucket", (s3: S3Client) => s3.send(new CreateBucketCommand({ Bucket: `${bucket}-mine` }))],
    ["delete its own bucket", (s3: S3Client) => s3.send(new DeleteBucketCommand({ Bucket: bucket }))],
    [
      "change the mark on its own bucket",
      (s3: S3Client) => s3.send(new PutBucketTaggingCommand({ Bucket: bucket, Tagging: { TagSet: [] } })),
    ],
  ])("is not enough to %s", async (_, attempt) => {
    await expect(attempt(s3As(cloud, keyPair(await made())))).rejects.toMatchObject(denied);
  });

  it("is not enough for any call on keys and policies, nor to change the bucket's settings", async () => {
    const tigris = { ...cloud.descriptor.tigris, ...keyPair(await made()) };
    const { client, call } = openRoom({ ...cloud, descriptor: { ...cloud.descriptor, tigris } }, { retries: 0 });
    const serving = { signal: call().signal };
    const attempts = [
      client.iam.createKey("more", serving),
      client.iam.keys(serving),
      client.iam.createPolicy("more", "{}", serving),
      client.iam.deleteKey("tid_other", serving),
      client.buckets.patch(bucket, { body: { type: 1 }, headers: {} }, serving),
    ];
    for (const outcome of await Promise.allSettled(attempts)) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { status: 403 } });
    }
  });
});

describe("a suspended tenant's key", () => {
  it("opens nothing, and opens again when it is enabled", async () => {
    const key = await made();
    await expect(mayRead(keyPair(key))).resolves.toBe(true);
    const off = { ...key.inputs, enabled: false };
    await update(key, off);
    await expect(mayRead(keyPair(key))).resolves.toBe(false);
    await expect(seen({ ...key, inputs: off })).resolves.toEqual([]);
    await update(key, key.inputs);
    await expect(mayRead(keyPair(key))).resolves.toBe(true);
  });

  it.each([
    ["opens nothing", [false, true, false]],
    ["opens again", [false, true]],
  ] as const)("%s also where IAM shows how it was some time ago", async (_, turns) => {
    const key = await made();
    const turned = (enabled: boolean) => ({ ...key.inputs, enabled });
    const operation = "^ListUserPolicies$";
    await cloud.faults({ kind: "stale", operation, skip: turns.length - 1, times: 1 });
    for (const enabled of turns) await update({ ...key, inputs: turned(!enabled) }, turned(enabled));
    expect(await cloud.struck()).toEqual([1]);
    await cloud.faults();
    await expect(mayRead(keyPair(key))).resolves.toBe(turns.at(-1));
  });

  it("opens nothing from the start when it is made so, and stays in order when it is rotated", async () => {
    const first = await made({ enabled: false });
    await expect(mayRead(keyPair(first))).resolves.toBe(false);
    const second = await rotated(first);
    await remove(first);
    await expect(seen(second)).resolves.toEqual([]);
    await update(second, { ...second.inputs, enabled: true });
    await expect(mayRead(keyPair(second))).resolves.toBe(true);
  });
});

describe("drift of a key", () => {
  const policyOf = (key: Made) => `tenantry_${bucket}_${key.inputs.purpose}_rw`;
  const wide = { version: "2012-10-17", statements: [{ effect: "Allow", action: "s3:*", resource: "*" }] } as never;
  const cases: [string, string[], (key: Made) => Promise<unknown>][] = [
    [
      "the policy edited",
      ["policy"],
      (key) => editPolicy(arn(policyOf(key)), { document: wide, description: "", config: config() }),
    ],
    [
      "the policy detached",
      ["enabled"],
      (key) => detachPolicyFromAccessKey(key.id, arn(policyOf(key)), { config: config() }),
    ],
    ["the policy deleted", ["enabled", "policy"], (key) => deletePolicy(arn(policyOf(key)), { config: config() })],
    [
      "another policy attached",
      ["policy"],
      async (key) => {
        await addPolicy(`wide-${bucket}`, { document: wide, description: "", config: config() });
        await attachPolicyToAccessKey(key.id, arn(`wide-${bucket}`), { config: config() });
      },
    ],
    [
      "a role given",
      ["policy"],
      (key) => assignBucketRoles(key.id, [{ bucket, role: "Editor" }], { config: config() }),
    ],
    [
      "the key switched off",
      ["enabled"],
      (key) =>
        withRecords(cloud, ({ keys }) => {
          const record = keys.get(key.id);
          if (record !== undefined) keys.put(key.id, { ...record, status: "inactive" });
        }),
    ],
  ];

  it.each(cases)("%s is seen as %j and put right", async (_, inputs, change) => {
    const key = await made();
    await change(key);
    await expect(seen(key)).resolves.toEqual(inputs);
    await update(key);
    await expect(seen(key)).resolves.toEqual([]);
    await expect(mayRead(keyPair(key))).resolves.toBe(true);
    await expect(s3As(cloud, keyPair(key)).send(new DeleteBucketCommand({ Bucket: bucket }))).rejects.toMatchObject(
      denied,
    );
  });

  it("that a policy was attached to a suspended key is seen", async () => {
    const key = await made({ enabled: false });
    await attachPolicyToAccessKey(key.id, arn(policyOf(key)), { config: config() });
    await expect(seen(key)).resolves.toEqual(["enabled"]);
    await update(key);
    await expect(mayRead(keyPair(key))).resolves.toBe(false);
  });

  it("a key deleted is made anew, and an update of it says that it is gone", async () => {
    const key = await made();
    await removeAccessKey(key.id, { config: config() });
    await expect(seen(key)).resolves.toEqual(["issued"]);
    await expect(update(key)).rejects.toThrow(/^TIGRIS_KEY_GONE/);
  });

  it("a key deleted is forgotten once its policy is gone, which is deleted as that of any other", async () => {
    const key = await made();
    await removeAccessKey(key.id, { config: config() });
    await remove(key);
    await expect(policiesOn(cloud, bucket)).resolves.toEqual([]);
    await expect(seen(key)).resolves.toBe("gone");
  });

  it.each(["ListAccessKeys", "ListUserPolicies", "GetPolicyDetailed"])(
    "is not taken for gone when %s fails",
    async (operation) => {
      const key = await made();
      await cloud.faults({ kind: "error", status: 404, operation: `^${operation}$` });
      const hasty = openRoom(cloud, { retries: 0 });
      const reading = hasty.key.read(key.id, known(key.inputs, key), hasty.call());
      await expect(reading.finally(() => cloud.faults())).rejects.toThrow(/VENDOR_FAILED|TIGRIS_/);
    },
  );
});

describe("rotation", () => {
  it("makes the new key while the old one still opens the bucket, and then takes the old one away", async () => {
    const first = await made();
    const second = await rotated(first);
    await expect(mayRead(keyPair(first))).resolves.toBe(true);
    await expect(mayRead(keyPair(second))).resolves.toBe(true);
    await remove(first);
    await expect(mayRead(keyPair(first))).resolves.toBe(false);
    await expect(mayRead(keyPair(second))).resolves.toBe(true);
    await expect(seen(second)).resolves.toEqual([]);
    await expect(keysOn(cloud, bucket)).resolves.toHaveLength(1);
    await expect(policiesOn(cloud, bucket)).resolves.toHaveLength(1);
  });

  it("leaves a key that an earlier, killed rotation made until the machine has the newest one", async () => {
    const first = await made();
    const killed = await rotated(first, openRoom(cloud));
    // The machine may have got the killed run's key already: it is left until the replaced one goes.
    const fresh = openRoom(cloud);
    const second = await rotated(first, fresh);
    await expect(mayRead(keyPair(killed))).resolves.toBe(true);
    await remove(first, fresh);
    await expect(keysOn(cloud, bucket)).resolves.toEqual([expect.objectContaining({ id: second.id })]);
    await expect(mayRead(keyPair(killed))).resolves.toBe(false);
  });

  it("leaves no key of a killed run where the run after it was broken off too, and a third deletes what was replaced", async () => {
    const old = await made();
    await rotated(old, openRoom(cloud));
    const newest = await rotated(old, openRoom(cloud));
    await remove(old, openRoom(cloud), newest.id);
    expect((await keysOn(cloud, bucket)).map(({ id }) => id)).toEqual([newest.id]);
  });

  it("to another mode leaves no key of a killed run either", async () => {
    const old = await made();
    const toReadOnly = async () => {
      const at = openRoom(cloud);
      const call = at.call({ replaces: old.id });
      return at.key.create(keyInputs(at, { ...old.inputs, mode: "read-only" }, call, old.inputs), call);
    };
    await toReadOnly();
    const newest = await toReadOnly();
    await remove(old, openRoom(cloud), newest.id);
    expect((await keysOn(cloud, bucket)).map(({ id }) => id)).toEqual([newest.id]);
    await expect(policiesOn(cloud, bucket)).resolves.toEqual([`tenantry_${bucket}_machine_ro`]);
  });

  it("in the old mode again leaves neither key nor policy of a killed run that changed it", async () => {
    const old = await made();
    const at = openRoom(cloud);
    const call = at.call({ replaces: old.id });
    await at.key.create(keyInputs(at, { ...old.inputs, mode: "read-only" }, call, old.inputs), call);
    const newest = await rotated(old, openRoom(cloud));
    await remove(old, openRoom(cloud), newest.id);
    expect((await keysOn(cloud, bucket)).map(({ id }) => id)).toEqual([newest.id]);
    await expect(policiesOn(cloud, bucket)).resolves.toEqual([`tenantry_${bucket}_machine_rw`]);
  });

  it("from read-write to read-only leaves neither key nor policy of the old kind", async () => {
    const first = await made();
    const call = room.call({ replaces: first.id });
    const inputs = keyInputs(room, { ...first.inputs, mode: "read-only" }, call, first.inputs);
    const second = { ...(await room.key.create(inputs, call)), inputs };
    await remove(first);
    await expect(policiesOn(cloud, bucket)).resolves.toEqual([`tenantry_${bucket}_machine_ro`]);
    await expect(seen(second)).resolves.toEqual([]);
  });
});

describe("deleting a key", () => {
  it("takes the key and its policy away, and is done when they are gone already", async () => {
    const key = await made();
    await remove(key);
    await expect(keysOn(cloud, bucket)).resolves.toEqual([]);
    await expect(policiesOn(cloud, bucket)).resolves.toEqual([]);
    await expect(remove(key)).resolves.toBeUndefined();
    await expect(remove(key, openRoom(cloud))).resolves.toBeUndefined();
  });

  it("leaves the keys of other purposes, and of buckets whose names start the same", async () => {
    const laptop = await made({ purpose: "access-alice" });
    const longer = `${bucket}-shop`;
    await room.bucket.create(bucketInputs(room, { name: longer }), room.call());
    const shop = await made({ bucket: longer });
    await remove(await made());
    await expect(seen(laptop)).resolves.toEqual([]);
    await expect(seen(shop)).resolves.toEqual([]);
  });

  it("leaves a policy that somebody attached to a key of their own, and says so", async () => {
    const key = await made();
    const { data } = await createAccessKey("their own", { config: config() });
    await attachPolicyToAccessKey(data?.id ?? "", arn(`tenantry_${bucket}_machine_rw`), { config: config() });
    const call = room.call();
    await room.key.delete(key.id, known(key.inputs, key), call);
    expect(call.lines).toEqual([{ severity: "warning", line: expect.stringContaining("not ours") }]);
    await expect(policiesOn(cloud, bucket)).resolves.toHaveLength(1);
  });

  it("asks for the list of all keys once, however many are deleted", async () => {
    const keys = await Promise.all(["machine", "access-a", "access-b"].map((purpose) => made({ purpose })));
    await cloud.forgetCalls();
    await Promise.all(keys.map((key) => remove(key)));
    const lists = (await cloud.calls()).filter(({ operation }) => operation === "ListAccessKeys");
    expect(lists.map(({ count: times }) => times)).toEqual([1]);
  });
});

describe("a policy that exists already", () => {
  it("is taken over under our claim after the state was lost, and the old keys are revoked", async () => {
    const [old, older] = [await made(), await made({ purpose: "access-alice" })];
    const fresh = openRoom(cloud);
    const anew = await made({}, fresh);
    await expect(keysOn(cloud, bucket)).resolves.toEqual(
      expect.arrayContaining([expect.objectContaining({ id: anew.id }), expect.objectContaining({ id: older.id })]),
    );
    await expect(mayRead(keyPair(old))).resolves.toBe(false);
    await expect(mayRead(keyPair(anew))).resolves.toBe(true);
  });

  it("is not taken over when the bucket is somebody else's, and no key is made", async () => {
    await made();
    const TagSet = [{ Key: "tenantry-owner", Value: "ffff/prod/globex" }];
    await s3As(cloud).send(new PutBucketTaggingCommand({ Bucket: bucket, Tagging: { TagSet } }));
    await expect(made({}, openRoom(cloud))).rejects.toThrow(/^TIGRIS_POLICY_TAKEN: .*tenant globex of stack prod/);
    await expect(keysOn(cloud, bucket)).resolves.toHaveLength(1);
  });

  it("is brought to the right document", async () => {
    const wide = { version: "2012-10-17", statements: [{ effect: "Allow", action: "s3:*", resource: "*" }] } as never;
    await addPolicy(`tenantry_${bucket}_machine_rw`, { document: wide, description: "", config: config() });
    await expect(seen(await made())).resolves.toEqual([]);
  });
});

describe("a create that breaks off", () => {
  const points = ["CreatePolicy", "CreateAccessKeyWithBucketsRole", "AttachUserPolicy"].flatMap((operation) =>
    (["before", "after"] as const).flatMap((when) =>
      (["forgotten", "stored"] as const).map((state) => ({ operation, when, state })),
    ),
  );

  it.each(points)(
    "$when the effect of $operation, its state $state, is repeated without an orphan",
    async ({ operation, when, state }) => {
      // Each time the key is minted again: the run ends with the last try's key made and its answer lost.
      await cloud.faults({ kind: "reset", operation: `^${operation}$`, when });
      const first = openRoom(cloud, { retries: 0 });
      const failure: unknown = await made({}, first).catch((error: unknown) => error);
      await cloud.faults();
      expect(failure).toBeInstanceOf(Error);
      let key: Made;
      if (failure instanceof HalfDone && state === "stored") {
        const { existing } = failure as HalfDone<AccessKeyState>;
        key = { ...existing, inputs: keyInputs(room, { bucket }, room.call()) };
        await update(key);
      } else {
        key = await made({}, openRoom(cloud));
      }
      await expect(seen(key)).resolves.toEqual([]);
      await expect(mayRead(keyPair(key))).resolves.toBe(true);
      await expect(keysOn(cloud, bucket)).resolves.toEqual([
        { id: key.id, name: expect.any(String), policies: [`tenantry_${bucket}_machine_rw`] },
      ]);
      await expect(policiesOn(cloud, bucket)).resolves.toHaveLength(1);
    },
  );

  it.each([
    { kind: "error", status: 503 },
    { kind: "throttle", retryAfterSeconds: 0 },
    { kind: "reset" },
    { kind: "reset", when: "after" },
  ] as const)("is finished in the same run, once, when Tigris recovers: %j", async (fault) => {
    for (const operation of ["CreatePolicy", "CreateAccessKeyWithBucketsRole", "AttachUserPolicy"]) {
      const purpose = `access-${operation.toLowerCase()}`;
      await cloud.faults({ ...fault, operation: `^${operation}$`, times: 2 });
      const key = await made({ purpose });
      await cloud.faults();
      await expect(seen(key)).resolves.toEqual([]);
      const keys = await keysOn(cloud, bucket);
      expect(keys.filter(({ name }) => name.includes(purpose)).map(({ id }) => id)).toEqual([key.id]);
    }
  });

  it("is finished in the same run, once, when Tigris makes the key and never answers", async () => {
    await cloud.faults({ kind: "timeout", when: "after", operation: "^CreateAccessKeyWithBucketsRole$", times: 1 });
    const key = await made({}, openRoom(cloud, { timeoutMs: 3000 }));
    await expect(seen(key)).resolves.toEqual([]);
    expect((await keysOn(cloud, bucket)).map(({ id }) => id)).toEqual([key.id]);
  });

  it("is not tried again when the engine cancels", async () => {
    const call = room.call();
    await cloud.faults({ kind: "timeout", operation: "^CreateAccessKeyWithBucketsRole$" });
    const making = room.key.create(keyInputs(room, { bucket }, call), call);
    setTimeout(() => call.cancel(), 100);
    await expect(making).rejects.toMatchObject({ name: "AbortError" });
    await cloud.faults();
    await expect(keysOn(cloud, bucket)).resolves.toEqual([]);
  });
});

describe("deleting that breaks off", () => {
  const points = ["DetachUserPolicy", "DeleteAccessKey", "DeletePolicy"].flatMap((operation) =>
    (["before", "after"] as const).map((when) => ({ operation, when })),
  );

  it.each(points)("$when the effect of $operation is repeated, and nothing is left", async ({ operation, when }) => {
    const key = await made();
    await cloud.faults({ kind: "reset", operation: `^${operation}$`, when, times: 1 });
    await expect(remove(key, openRoom(cloud, { retries: 0 }))).rejects.toThrow();
    await cloud.faults();
    await remove(key, openRoom(cloud));
    await expect(keysOn(cloud, bucket)).resolves.toEqual([]);
    await expect(policiesOn(cloud, bucket)).resolves.toEqual([]);
  });

  it.each([...points, { operation: "ListAccessKeys", when: "before" as const }])(
    "$when the effect of $operation is not forgotten by a refresh while anything is left",
    async ({ operation, when }) => {
      const key = await made();
      await cloud.faults({ kind: "reset", operation: `^${operation}$`, when, times: 1 });
      await expect(remove(key, openRoom(cloud, { retries: 0 }))).rejects.toThrow();
      await cloud.faults();
      const left = [...(await keysOn(cloud, bucket)), ...(await policiesOn(cloud, bucket))];
      expect({ left, isForgotten: (await seen(key)) === "gone" }).toEqual({ left, isForgotten: left.length === 0 });
    },
  );
});

describe("whatever Tigris does where its documents are silent", () => {
  afterEach(() => cloud.resetSwitches());

  it.each(["409", "400", "200"])("a key is rotated when a taken policy name is answered with %s", async (answer) => {
    await cloud.switches({ "tigris.takenPolicyName": answer });
    const first = await made();
    // What an earlier, killed rotation left.
    const lost = await rotated(first, openRoom(cloud));
    const fresh = openRoom(cloud);
    const second = await rotated(first, fresh);
    await remove(first, fresh);
    await expect(seen(second)).resolves.toEqual([]);
    await expect(keysOn(cloud, bucket)).resolves.toMatchObject([{ id: second.id }]);
    expect(lost.id).not.toBe(second.id);
  });

  it.each(["409", "400"])("a policy name that is taken is known by the answer %s", async (answer) => {
    await cloud.switches({ "tigris.takenPolicyName": answer });
    const document = JSON.stringify(policyDocument(bucket, "read-only"));
    const create = () => room.client.iam.createPolicy(`taken-${bucket}`, document, {});
    await expect(create()).resolves.toBe(true);
    await expect(create()).resolves.toBe(false);
  });

  it("a policy that is shown in other words is no drift", async () => {
    await cloud.switches({ "tigris.policiesRewritten": true });
    await expect(seen(await made())).resolves.toEqual([]);
    await expect(seen(await made({ purpose: "access-bob", mode: "read-only" }))).resolves.toEqual([]);
  });

  it("a policy that is gone is made anew when Tigris shows an empty one in its place", async () => {
    await cloud.switches({ "tigris.absentPolicy": "200" });
    const key = await made();
    await deletePolicy(arn(`tenantry_${bucket}_machine_rw`), { config: config() });
    await expect(seen(key)).resolves.toEqual(["enabled", "policy"]);
    await update(key);
    await expect(seen(key)).resolves.toEqual([]);
    await remove(key);
    await expect(policiesOn(cloud, bucket)).resolves.toEqual([]);
  });

  it("a role that cannot be taken away is an error, though Tigris answers 200", async () => {
    const key = await made();
    await assignBucketRoles(key.id, [{ bucket, role: "Editor" }], { config: config() });
    await cloud.switches({ "tigris.refusalsInside200": true });
    await expect(update(key)).rejects.toThrow(/^TIGRIS_REFUSED: .*managed elsewhere/);
    await expect(seen(key)).resolves.toEqual(["policy"]);
  });

  it("a key can neither list nor create buckets, though keys may by default", async () => {
    const [ours, before] = [keyPair(await made()), await createAccessKey(`plain-${bucket}`, { config: config() })];
    const plain = { accessKeyId: before.data?.id ?? "", secretAccessKey: before.data?.secret ?? "" };
    const attempts = (key: KeyPair, name: string) =>
      Promise.allSettled([
        s3As(cloud, key).send(new ListBucketsCommand()),
        s3As(cloud, key).send(new CreateBucketCommand({ Bucket: `${bucket}-${name}` })),
      ]);
    const refused = Array(2).fill({ status: "rejected", reason: expect.objectContaining(denied) as unknown });
    expect(await attempts(plain, "before")).toEqual(refused);
    await cloud.switches({ "tigris.defaultAllowed": true });
    expect((await attempts(plain, "plain")).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
    expect(await attempts(ours, "ours")).toEqual(refused);
    await expect(mayRead(ours)).resolves.toBe(true);
  });
});
