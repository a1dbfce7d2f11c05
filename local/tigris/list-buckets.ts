import { type Bucket, isForfeit } from "./buckets.ts";
import { isPublic } from "./bucket-settings.ts";
import { callerOf, demand } from "./caller.ts";
import type { Call } from "./call.ts";
import { forkInfo } from "./forks.ts";
import type { Gateway } from "./gateway.ts";
import { ORGANIZATION } from "./organization.ts";
import { jsonAnswer, xmlAnswer } from "./s3-answer.ts";
import type { S3Target } from "./s3-operation.ts";

const MOST = 10_000;
const FLAGS = [
  "IncludeVisibility",
  "IncludeOwnerInfo",
  "IncludeRegionsInfo",
  "IncludeTypeInfo",
  "IncludeForkInfo",
  "IncludeStats",
  "OnlyDeleted",
];

type Entry = [name: string, bucket: Bucket];

/**
 * ListBuckets: in XML as S3 has it, or in JSON with Tigris' flags (@tigrisdata/storage, bucket/listing.ts). The gateway answers
 * it, because the engine would list soft-deleted buckets too.
 */
export async function listBuckets(gateway: Gateway, call: Call, target: S3Target): Promise<Response> {
  await demand(gateway, await callerOf(gateway, call), "s3:ListAllMyBuckets", "*");
  const isOn = (flag: string) => target.query.get(flag) === "true";
  const now = gateway.clock();
  const all = gateway.buckets
    .entries(target.query.get("prefix") ?? "")
    .filter(([, bucket]) => (bucket.deleted !== undefined) === isOn("OnlyDeleted") && !isForfeit(bucket, now));
  const { page, next } = cut(all, ([name]) => name, target.query);
  const isJson = target.header("accept")?.includes("json") === true || FLAGS.some((flag) => target.query.has(flag));
  return isJson
    ? jsonAnswer(await inJson(gateway, page, next, isOn))
    : xmlAnswer("ListAllMyBucketsResult", inXml(page, next));
}

/** One page of a listing in order, by S3's `continuation-token` and `max-buckets`. */
export function cut<Item>(items: readonly Item[], keyOf: (item: Item) => string, query: URLSearchParams) {
  const after = query.get("continuation-token");
  const rest = after === null ? items : items.filter((item) => keyOf(item) > after);
  const page = rest.slice(0, Number(query.get("max-buckets") ?? MOST));
  const last = page.at(-1);
  return { page, next: rest.length > page.length && last !== undefined ? keyOf(last) : undefined };
}

function inXml(page: readonly Entry[], next: string | undefined): object {
  return {
    Owner: { ID: ORGANIZATION, DisplayName: ORGANIZATION },
    Buckets: { Bucket: page.map(([Name, { createdAt }]) => ({ Name, CreationDate: createdAt })) },
    ...(next === undefined ? {} : { ContinuationToken: next }),
  };
}

async function inJson(
  gateway: Gateway,
  page: readonly Entry[],
  next: string | undefined,
  isOn: (flag: string) => boolean,
): Promise<object> {
  return {
    ...(isOn("IncludeOwnerInfo") ? { Owner: { ID: ORGANIZATION, DisplayName: ORGANIZATION } } : {}),
    ...(isOn("IncludeStats") ? { Stats: await stats(gateway) } : {}),
    Buckets: { Bucket: page.map((entry) => described(gateway, entry, isOn)) },
    ...(next === undefined ? {} : { ContinuationToken: next }),
  };
}

function described(
  gateway: Gateway,
  [Name, { createdAt, settings, deleted }]: Entry,
  isOn: (flag: string) => boolean,
): object {
  const soft = settings.soft_delete;
  return {
    Name,
    CreationDate: createdAt,
    ...(isOn("IncludeRegionsInfo") ? { Regions: settings.object_regions } : {}),
    ...(isOn("IncludeTypeInfo") ? { Type: settings.type === 1 ? "Snapshot" : "Regular" } : {}),
    ...(isOn("IncludeForkInfo") ? { ForkInfo: forkInfo(gateway, Name) } : {}),
    ...(isOn("IncludeVisibility") ? { Visibility: { IsPublic: isPublic(settings) } } : {}),
    SoftDeleteInfo: {
      Enabled: soft?.enabled === true,
      RetentionDays: deleted?.retentionDays ?? soft?.retention_days ?? 0,
    },
  };
}

async function stats({ buckets, engine }: Gateway): Promise<object> {
  const live = buckets.entries().filter(([, bucket]) => bucket.deleted === undefined);
  const sizes = await Promise.all(live.map(([name]) => engine.size(name)));
  const objects = sizes.reduce((sum, size) => sum + size.objects, 0);
  return {
    ActiveBuckets: live.length,
    TotalObjects: objects,
    TotalUniqueObjects: objects,
    TotalStorageBytes: sizes.reduce((sum, size) => sum + size.bytes, 0),
  };
}
