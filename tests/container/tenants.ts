import { CreateBucketCommand, GetObjectCommand, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import { createAccessKey } from "@tigrisdata/iam";

import { type TestCloud, startCloud } from "../support/cloud.ts";
import { dataOf, iamFor, type KeyPair, s3For } from "../local/tigris/clients.ts";
import { type Machine, machinesRun, startMachine } from "./machine.ts";

/** A bucket, a key for it alone, and machines on it. */
export interface Tenant {
  readonly bucket: string;
  readonly key: KeyPair;
  /** What a machine gets: the contract of the machine. */
  readonly env: Record<string, string>;
  /** Starts a machine on this bucket. */
  machine(app: readonly string[], env?: Record<string, string>, before?: readonly string[]): Machine;
  /** Names in the bucket, sorted. */
  names(): Promise<string[]>;
  /** The text of an object; undefined when there is none. */
  text(name: string): Promise<string | undefined>;
}

/** A cloud with tenants, for one file of tests. Does nothing where machines cannot run. */
export interface Tenants {
  readonly cloud: () => TestCloud;
  /** In beforeAll. */
  start(): Promise<void>;
  /** A new tenant. */
  tenant(): Promise<Tenant>;
  /** In afterEach: ends the machines and takes the faults away. */
  clear(): Promise<void>;
  /** In afterAll. */
  dispose(): Promise<void>;
}

export function tenants(choices: Pick<NonNullable<Parameters<typeof startCloud>[0]>, "storage"> = {}): Tenants {
  let cloud: TestCloud | undefined;
  let count = 0;
  const machines: Machine[] = [];
  const running = () => {
    if (cloud === undefined) throw new Error("start() comes first");
    return cloud;
  };
  return {
    cloud: running,
    async start() {
      if (machinesRun) cloud = await startCloud({ vendors: ["tigris"], ...choices });
    },
    async tenant() {
      count += 1;
      return newTenant(running(), `tenant-${count}`, machines);
    },
    async clear() {
      await Promise.all(machines.splice(0).map((machine) => machine.dispose()));
      await cloud?.faults();
    },
    async dispose() {
      await cloud?.dispose();
    },
  };
}

/** A new tenant on this cloud; its machines are added to `machines`. */
export async function newTenant(cloud: TestCloud, bucket: string, machines: Machine[] = []): Promise<Tenant> {
  const root = s3For(cloud);
  await root.send(new CreateBucketCommand({ Bucket: bucket }));
  const roles = { bucketsRole: [{ bucket, role: "Editor" as const }], config: iamFor(cloud) };
  const { id, secret = "" } = dataOf(await createAccessKey(bucket, roles));
  const env = {
    TENANT: bucket,
    BUCKET_NAME: bucket,
    AWS_ENDPOINT_URL_S3: cloud.descriptor.tigris.endpoint,
    AWS_REGION: "auto",
    AWS_ACCESS_KEY_ID: id,
    AWS_SECRET_ACCESS_KEY: secret,
    DATABASE_AUTH_TOKEN: `token-of-${bucket}`,
  };
  return {
    bucket,
    key: { accessKeyId: id, secretAccessKey: secret },
    env,
    machine(app, more = {}, before = []) {
      const machine = startMachine({ ...env, ...more }, app, before);
      machines.push(machine);
      return machine;
    },
    names: () => namesIn(root, bucket),
    text: (name) => textOf(root, bucket, name),
  };
}

async function namesIn(s3: S3Client, Bucket: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket }))
    names.push(...Contents.map(({ Key = "" }) => Key));
  return names.sort();
}

async function textOf(s3: S3Client, Bucket: string, Key: string): Promise<string | undefined> {
  try {
    return await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
  } catch (error) {
    if ((error as Error).name === "NoSuchKey") return undefined;
    throw error;
  }
}
