import type { S3Client } from "@aws-sdk/client-s3";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { hashOf, type Tail } from "./entry.ts";
import { historyErrors } from "./errors.ts";
import type { HistoryLog } from "./log.ts";

/** Objects read at the same time. */
const AT_ONCE = 16;

/**
 * A log in a bucket: one object for the lines that were added at once, named after the first of them. It is written only if
 * there is none of that name, so of two that add at the same time one has to look again, and nothing is overwritten.
 *
 * @param place `s3://bucket/prefix?endpoint=…&region=…`, as Pulumi writes the place of a state; with `s3ForcePathStyle=true` the
 *   bucket is named in the path
 */
export function bucketLog(place: string, stack: string): HistoryLog {
  const { bucket, prefix, opened } = openPlace(place, stack);
  const where = `s3://${bucket}/${prefix}`;
  const guarded = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof TenantryError) throw cause;
      const why = cause instanceof Error ? cause.name : "unknown";
      throw new TenantryError(historyErrors.HISTORY_UNREACHABLE, `${where}: ${why}`, { cause });
    }
  };

  const keys = async (): Promise<string[]> => {
    const { sdk, s3 } = await opened();
    const found: string[] = [];
    for await (const page of sdk.paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) found.push(Key);
    }
    return found.sort();
  };
  const read = async (key: string): Promise<string[]> => {
    const { sdk, s3 } = await opened();
    const { Body } = await s3.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }));
    return ((await Body?.transformToString()) ?? "").replace(/\n$/, "").split("\n");
  };

  return {
    where,
    isShared: true,
    lines: () =>
      guarded(async () => {
        const all = await keys();
        const parts: string[][] = [];
        for (let from = 0; from < all.length; from += AT_ONCE)
          parts.push(...(await Promise.all(all.slice(from, from + AT_ONCE).map(read))));
        return parts.flat();
      }),
    tail: () =>
      guarded(async () => {
        const key = (await keys()).at(-1);
        if (key === undefined) return { count: 0, hash: null };
        const lines = await read(key);
        const first = Number(/(\d+)\.jsonl$/.exec(key)?.[1]);
        return { count: first + lines.length - 1, hash: hashOf(lines.at(-1) ?? "") };
      }),
    append: (tail: Tail, lines) =>
      guarded(async () => {
        const { sdk, s3 } = await opened();
        const key = `${prefix}${String(tail.count + 1).padStart(10, "0")}.jsonl`;
        const body = `${lines.join("\n")}\n`;
        const put = new sdk.PutObjectCommand({ Bucket: bucket, Key: key, Body: body, IfNoneMatch: "*" });
        try {
          await s3.send(put);
          return true;
        } catch (error) {
          if (!isTaken(error)) throw error;
          // Taken perhaps by ourselves, if the answer to a first attempt was lost.
          return error.$metadata.httpStatusCode === 412 && (await read(key)).join("\n") === lines.join("\n");
        }
      }),
  };
}

function isTaken(error: unknown): error is { $metadata: { httpStatusCode: number } } {
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  return status === 412 || status === 409;
}

interface S3Options {
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly forcePathStyle: boolean;
}

function parsePlace(place: string, stack: string): { bucket: string; prefix: string; options: S3Options } {
  const url = URL.canParse(place) ? new URL(place) : undefined;
  if (url?.protocol !== "s3:" || url.hostname === "") throw new TenantryError(historyErrors.HISTORY_PLACE, place);
  const { searchParams: query } = url;
  const folder = url.pathname.replaceAll(/^\/+|\/+$/g, "");
  return {
    bucket: url.hostname,
    prefix: `${folder === "" ? "" : `${folder}/`}${stack}/`,
    options: {
      endpoint: query.get("endpoint") ?? undefined,
      region: query.get("region") ?? undefined,
      forcePathStyle: query.get("s3ForcePathStyle") === "true",
    },
  };
}

/** A folder of a bucket, and the client for it, which is loaded by the first call. */
export function openPlace(place: string, folder: string) {
  const { bucket, prefix, options } = parsePlace(place, folder);
  let loading: ReturnType<typeof load> | undefined;
  return { bucket, prefix, opened: () => (loading ??= load(options)) };
}

/** Credentials come from where Pulumi takes those of the state: the environment, or the SDK's other usual places. */
async function load({ endpoint, region, forcePathStyle }: S3Options) {
  const sdk = await import("@aws-sdk/client-s3");
  const s3: S3Client = new sdk.S3Client({
    forcePathStyle,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
  });
  return { sdk, s3 };
}
