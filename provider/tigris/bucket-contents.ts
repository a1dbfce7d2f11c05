import type * as Sdk from "@aws-sdk/client-s3";

import { ENCODED, nameIn } from "./encoded-names.ts";
import type { Serving } from "../http/serving.ts";
import { asVendorError, type LoadedS3 } from "./s3-client.ts";

/** One kind of contents of a bucket: the count within one page, and the first one. */
export interface Held {
  readonly kind: "file" | "version" | "unfinished upload" | "deleted file";
  readonly count: number;
  /** Whether there are more than `count`. */
  readonly more: boolean;
  readonly first: string;
}

/** Calls that look into a bucket. */
export interface ContentsCalls {
  /**
   * Everything that a bucket holds, one entry per kind; empty when it is empty. Includes what a plain list omits: older
   * versions and delete markers if it keeps snapshots, parts of unfinished uploads, and files that soft delete can restore.
   *
   * Source: S3, ListObjectsV2, ListObjectVersions, ListMultipartUploads; @tigrisdata/storage, list and listVersions with
   * `deleted`, which send `X-Tigris-Soft-Delete`.
   */
  contents(name: string, about: { readonly keepsVersions: boolean }, serving: Serving): Promise<Held[]>;
}

const PAGE = 1000;

/** The calls that look into a bucket, over S3. */
export function contentsCalls(load: () => Promise<LoadedS3>): ContentsCalls {
  return {
    async contents(name, { keepsVersions }, { signal, tenant }) {
      const loaded = await load();
      const options = signal === undefined ? {} : { abortSignal: signal };
      const ask = async (call: string, list: () => Promise<Held[]>) => {
        try {
          return await list();
        } catch (error) {
          throw asVendorError(error, { call, resource: `bucket ${name}`, tenant, signal }, loaded.now());
        }
      };
      const { sdk, s3 } = loaded;
      const page = { Bucket: name, MaxKeys: PAGE, ...ENCODED };
      const files = async (kind: Held["kind"], command: Sdk.ListObjectsV2Command) => {
        const answer = await s3.send(command, options);
        return held(kind, answer.Contents, answer);
      };
      const versions = async () => {
        const answer = await s3.send(new sdk.ListObjectVersionsCommand(page), options);
        const { Versions = [], DeleteMarkers = [] } = answer;
        const older = [...Versions.filter(({ IsLatest }) => IsLatest !== true), ...DeleteMarkers];
        return held("version", older, answer);
      };
      const uploads = async () => {
        const asked = { Bucket: name, MaxUploads: PAGE, ...ENCODED };
        const answer = await s3.send(new sdk.ListMultipartUploadsCommand(asked), options);
        return held("unfinished upload", answer.Uploads, answer);
      };
      const found = await Promise.all([
        ask("ListObjectsV2", () => files("file", new sdk.ListObjectsV2Command(page))),
        keepsVersions ? ask("ListObjectVersions", versions) : [],
        ask("ListMultipartUploads", uploads),
        ask("ListObjectsV2 of what is deleted", () =>
          files("deleted file", ofDeleted(new sdk.ListObjectsV2Command(page))),
        ),
      ]);
      return found.flat();
    },
  };
}

function held(
  kind: Held["kind"],
  items: readonly { Key?: string | undefined }[] = [],
  answer: { IsTruncated?: boolean | undefined; EncodingType?: string | undefined },
): Held[] {
  const [first] = items;
  const { IsTruncated: more = false } = answer;
  if (first === undefined) return more ? [{ kind, count: 0, more, first: "" }] : [];
  return [{ kind, count: items.length, more, first: nameIn(answer, first.Key) }];
}

/** Lists what soft delete keeps instead of the current objects. Added before signing, so that it is signed. */
function ofDeleted(command: Sdk.ListObjectsV2Command): Sdk.ListObjectsV2Command {
  command.middlewareStack.add(
    (next) => (args) => {
      Object.assign((args.request as { headers: Record<string, string> }).headers, { "X-Tigris-Soft-Delete": "true" });
      return next(args);
    },
    { step: "build", name: "tigrisDeleted" },
  );
  return command;
}
