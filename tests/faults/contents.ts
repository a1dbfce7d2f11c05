import { join } from "node:path";

import { GetBucketTaggingCommand, ListObjectVersionsCommand, type S3Client } from "@aws-sdk/client-s3";

import { openTables, partsOf } from "../../local/fly/tables.ts";
import { openStore, type Store } from "../../local/store.ts";
import { openRecords } from "../../local/tigris/records.ts";
import type { DatabaseRecord, GroupRecord } from "../../local/turso/records.ts";
import type { TestCloud } from "../support/cloud.ts";

/** Everything that the embedded vendors hold under a prefix, without what chance or time has made. */
export async function contentsOf(cloud: TestCloud, s3: S3Client, prefix: string): Promise<unknown> {
  const own = (name: string) => name.includes(`${prefix}-local-`);
  const found = {
    ...(await withStore(cloud, "tigris", (store) => ofTigris(store, s3, own))),
    ...(await withStore(cloud, "turso", (store) => Promise.resolve(ofTurso(store, own)))),
    ...(await withStore(cloud, "fly", (store) => Promise.resolve(ofFly(store, own)))),
  };
  return JSON.parse(
    JSON.stringify(found)
      .replaceAll(`${prefix}-local`, "PREFIX")
      .replaceAll(/\b127(?:\.\d+){3}(?::\d+)?/g, "ADDRESS")
      .replaceAll(/vol_[a-z0-9]+/g, "VOLUME")
      .replaceAll(/-[0-9a-f]{8,12}(?=")/g, "-HASH"),
  );
}

async function withStore<Found>(
  cloud: TestCloud,
  vendor: string,
  work: (store: Store) => Promise<Found>,
): Promise<Found> {
  const store = openStore(join(cloud.home, "cloud", vendor, "store.db"));
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

const sorted = <Item>(items: readonly Item[]) =>
  items.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));

async function ofTigris(store: Store, s3: S3Client, own: (name: string) => boolean) {
  const records = openRecords(store);
  const buckets = records.buckets.entries().filter(([name]) => own(name));
  return {
    buckets: await Promise.all(
      buckets.map(async ([name, { settings, deleted, unsettled, fork }]) => ({
        name,
        settings,
        unsettled,
        fork: fork?.source,
        ...(deleted === undefined ? await inBucket(s3, name) : { isDeleted: true }),
      })),
    ),
    keys: sorted(
      records.keys
        .entries()
        .filter(([, { name }]) => own(name))
        .map(([keyId, { name, status, roles }]) => ({
          name: name.replace(/_\d{8}T\d{6}Z$/, ""),
          status,
          roles,
          policies: records.attachments.policiesOf(keyId).sort(),
        })),
    ),
    policies: records.policies
      .entries()
      .filter(([name]) => own(name))
      .map(([name, { document }]) => ({ name, document: JSON.parse(document) as unknown })),
  };
}

async function inBucket(s3: S3Client, Bucket: string) {
  const [tags, objects] = await Promise.all([
    s3.send(new GetBucketTaggingCommand({ Bucket })).then(
      ({ TagSet = [] }) => sorted(TagSet.map(({ Key, Value }) => `${Key ?? ""}=${Value ?? ""}`)),
      (error: unknown) => (error as Error).name,
    ),
    s3.send(new ListObjectVersionsCommand({ Bucket })),
  ]);
  const { Versions = [], DeleteMarkers = [] } = objects;
  return {
    tags,
    objects: sorted(Versions.map(({ Key, ETag, IsLatest }) => [Key, ETag, IsLatest])),
    markers: sorted(DeleteMarkers.map(({ Key }) => Key)),
  };
}

function ofTurso(store: Store, own: (name: string) => boolean) {
  const databases = store
    .table<DatabaseRecord>("databases")
    .entries()
    .map(([, record]) => record);
  const groups = store
    .table<GroupRecord>("groups")
    .entries()
    .map(([, record]) => record);
  return {
    databases: sorted(
      databases
        .filter(({ name }) => own(name))
        .map(({ name, group, configuration, phase, parent }) => ({
          name,
          group,
          configuration,
          phase,
          from: parent?.name,
        })),
    ),
    groups: sorted(
      groups
        .filter(({ name }) => own(name))
        .map(({ name, location, deleteProtection, isLeaving }) => ({
          name,
          location,
          deleteProtection,
          isLeaving,
        })),
    ),
  };
}

function ofFly(store: Store, own: (name: string) => boolean) {
  const tables = openTables(store);
  const apps = tables.apps.entries().flatMap(([name, app]) => (own(name) ? [app] : []));
  return {
    apps: apps.map((app) => ({
      name: app.name,
      network: app.network,
      secrets: partsOf(tables.secrets, app).map(({ name }) => name),
      addresses: partsOf(tables.addresses, app)
        .map(({ kind }) => kind)
        .sort(),
      volumes: sorted(
        partsOf(tables.volumes, app).map(({ name, region, sizeGb, snapshotRetention, state, machine }) => ({
          name,
          region,
          sizeGb,
          snapshotRetention,
          state,
          isHeld: machine !== undefined,
        })),
      ),
      machines: sorted(
        partsOf(tables.machines, app)
          .filter(({ state }) => state !== "destroyed")
          .map(({ region, state, config, cordoned, lease }) => ({
            region,
            state,
            config: withoutVersion(config),
            cordoned,
            isLeased: lease !== undefined && Date.parse(String(lease.expiresAt)) > Date.now(),
          })),
      ),
    })),
  };
}

/** The number of a write of secrets counts repeats too; that the machine has the right ones, their use shows. */
function withoutVersion(config: object): unknown {
  const { metadata = {}, ...rest } = config as { metadata?: Record<string, string> };
  const { "tenantry-secrets-version": _, ...marks } = metadata;
  return { ...rest, metadata: marks };
}
