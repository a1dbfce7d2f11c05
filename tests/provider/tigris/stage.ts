import { join } from "node:path";

import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

import { openStore } from "../../../local/store.ts";
import { accessKeys } from "../../../local/tigris/access-keys.ts";
import { foreignBuckets } from "../../../local/tigris/foreign-buckets.ts";
import { attachments, policies } from "../../../local/tigris/policies.ts";
import { checkedInputs } from "../../../provider/plugin/checked-inputs.ts";
import type { Known, Existing } from "../../../provider/plugin/resource-type.ts";
import { accessKeyType, type AccessKeyInputs, type AccessKeyState } from "../../../provider/tigris/access-key.ts";
import { bucketType, type BucketInputs } from "../../../provider/tigris/bucket.ts";
import { tigrisClaims } from "../../../provider/tigris/claims.ts";
import { tigrisClient } from "../../../provider/tigris/client.ts";
import { testCall, type TestCall, type TestCallOptions } from "../../support/call.ts";
import type { TestCloud } from "../../support/cloud.ts";

export interface KeyPair {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What a process of the plugin has of the Tigris room. */
export type Room = ReturnType<typeof openRoom>;

/** The Tigris room of a fresh process: nothing remembered. `retries` 0: whatever goes wrong ends the operation, as a crash would. */
export function openRoom(cloud: TestCloud, { retries = 5, timeoutMs = 30_000 } = {}) {
  const client = tigrisClient(cloud.descriptor.tigris, { retries, timeoutMs });
  const claims = tigrisClaims(client);
  return {
    client,
    claims,
    bucket: bucketType(client, { settleMs: 20 }),
    key: accessKeyType(client),
    call: (options: TestCallOptions = {}): TestCall => testCall({ claims, ...options }),
  };
}

export function bucketInputs(room: Room, inputs: Partial<BucketInputs> & { name: string }): BucketInputs {
  const given = { tenant: "acme", locations: "global", ...inputs };
  const { inputs: checked, faults } = checkedInputs(room.bucket.inputs, given);
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
  return checked as unknown as BucketInputs;
}

export function keyInputs(
  room: Room,
  inputs: Partial<AccessKeyInputs> & { bucket: string },
  call: TestCall,
  olds?: AccessKeyInputs,
): AccessKeyInputs {
  const given = { tenant: "acme", purpose: "machine", mode: "read-write", rotation: "90d", ...inputs };
  const { inputs: checked, faults } = checkedInputs(room.key.inputs, given);
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
  const check = room.key.check ?? ((news) => news);
  return check(checked as unknown as AccessKeyInputs, olds, call.clock);
}

export function known<Inputs, State>(inputs: Inputs, { state }: Existing<State>): Known<Inputs, State> {
  return { inputs, state };
}

/** What a bucket that the state file knows brings along. */
export function knownBucket(inputs: BucketInputs) {
  return { inputs, state: {} };
}

export function keyPair({ id, state }: Existing<AccessKeyState>): KeyPair {
  return { accessKeyId: id, secretAccessKey: state.secretAccessKey };
}

/** An S3 client of somebody with this key; the administrator's by default. */
export function s3As(cloud: TestCloud, key: KeyPair = cloud.descriptor.tigris): S3Client {
  const { endpoint } = cloud.descriptor.tigris;
  const credentials = { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey };
  return new S3Client({ endpoint, region: "auto", forcePathStyle: true, maxAttempts: 1, credentials });
}

export async function putFile(cloud: TestCloud, bucket: string, key: KeyPair = cloud.descriptor.tigris) {
  await s3As(cloud, key).send(new PutObjectCommand({ Bucket: bucket, Key: "notes.txt", Body: "hello" }));
}

/** The embedded organisation's own records, for what no call tells or does. */
export async function withRecords<Result>(
  cloud: TestCloud,
  work: (records: ReturnType<typeof openRecords>) => Result,
): Promise<Awaited<Result>> {
  const store = openStore(join(cloud.home, "cloud", "tigris", "store.db"));
  try {
    return await work(openRecords(store));
  } finally {
    store.close();
  }
}

function openRecords(store: ReturnType<typeof openStore>) {
  return {
    keys: accessKeys(store),
    policies: policies(store),
    attachments: attachments(store),
    foreign: foreignBuckets(store),
  };
}

/** Every key that was made for a bucket, with the policies attached to it. */
export function keysOn(cloud: TestCloud, bucket: string): Promise<{ id: string; name: string; policies: string[] }[]> {
  return withRecords(cloud, ({ keys, attachments: attached }) =>
    keys
      .entries()
      .map(([, { id, name }]) => ({ id, name, policies: attached.policiesOf(id) }))
      .filter(({ name }) => name.includes(`_${bucket}_`)),
  );
}

export function policiesOn(cloud: TestCloud, bucket: string): Promise<string[]> {
  return withRecords(cloud, ({ policies: all }) =>
    all
      .entries()
      .map(([name]) => name)
      .filter((name) => name.includes(`_${bucket}_`)),
  );
}
