import { createHash } from "node:crypto";

import type * as Sdk from "@aws-sdk/client-s3";

import { isNoteId, type NoteId } from "../notes/note-id.ts";
import { Problem } from "../problem.ts";
import {
  ETAG,
  type Listing,
  type NoteStore,
  type OddFile,
  Overtaken,
  type ReadFile,
  type Stamp,
} from "./note-store.ts";

/** A bucket, and a key to it. */
export interface BucketPlace {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  /** Whether the bucket is named in the path always. */
  readonly pathStyle: boolean;
  readonly keyId: string;
  readonly secret: string;
}

const FOLDER = "notes/";
const EXTENSION = ".md";
/** S3's answer to a deletion: "No Content". */
const REMOVED = 204;
/** Of one attempt of three. */
const [CONNECT_MS, ANSWER_MS] = [2000, 10_000];

/**
 * The notes as objects of a bucket, `notes/<id>.md`, which is what a mount shows as files. An object is replaced as a whole: the
 * store answers when it has it for good. Each write is on condition of what was seen, so machines do not overwrite each other.
 */
export class NoteObjects implements NoteStore {
  readonly #sdk: typeof Sdk;
  readonly #client: Sdk.S3Client;
  readonly #bucket: string;
  readonly #maxBytes: number;

  private constructor(sdk: typeof Sdk, { bucket, ...place }: BucketPlace, maxBytes: number) {
    this.#sdk = sdk;
    this.#client = clientFor(sdk, place);
    this.#bucket = bucket;
    this.#maxBytes = maxBytes;
  }

  /** The SDK takes longer to load than all the rest, and an app on a mount needs none. */
  static async at(place: BucketPlace, maxBytes: number): Promise<NoteObjects> {
    return new NoteObjects(await import("@aws-sdk/client-s3"), place, maxBytes);
  }

  async read(id: NoteId): Promise<ReadFile | undefined> {
    return guarded(async () => {
      try {
        return await this.#read(id);
      } catch (error) {
        // The SDK asks again until an answer begins, not when it breaks off.
        if (!isBrokenOff(error)) throw error;
        return this.#read(id);
      }
    });
  }

  async write(id: NoteId, content: Uint8Array, over: Stamp | undefined): Promise<Stamp> {
    return guarded(async () => {
      const put = { ...this.#object(id), Body: content, ContentType: "text/markdown", ...conditionOf(over) };
      const written = await this.#client.send(new this.#sdk.PutObjectCommand(put)).catch(orOvertaken);
      if (written?.ETag !== undefined) return stampOf(content.length, written.ETag);
      // An attempt whose answer got lost may have written it.
      const found = await this.read(id);
      if (found?.content.equals(content) !== true) throw new Overtaken(`${id} was changed in the bucket meanwhile`);
      return { bytes: found.bytes, mtime: found.mtime };
    });
  }

  async remove(id: NoteId, over: Stamp): Promise<void> {
    return guarded(async () => {
      const object = { ...this.#object(id), ...conditionOf(over) };
      const removed = await this.#client.send(new this.#sdk.DeleteObjectCommand(object)).catch(orOvertaken);
      if (removed?.$metadata.httpStatusCode === REMOVED || (await this.read(id)) === undefined) return;
      throw new Overtaken(`${id} was changed in the bucket meanwhile`);
    });
  }

  /** One request for a thousand notes, whatever `atOnce` says. */
  async list(): Promise<Listing> {
    return guarded(async () => {
      const [notes, odd]: [Listing["notes"][number][], OddFile[]] = [[], []];
      const wanted = { Bucket: this.#bucket, Prefix: FOLDER, Delimiter: "/", EncodingType: "url" as const };
      for await (const page of this.#sdk.paginateListObjectsV2({ client: this.#client }, wanted)) {
        // Else a page that a proxy gives would be a bucket without notes.
        if (page.Name !== this.#bucket) throw new BrokenOff("the answer is no list of the bucket");
        for (const { Key = "", Size = 0, ETag } of page.Contents ?? []) {
          const name = nameIn(Key);
          const id = name.slice(0, -EXTENSION.length);
          // The folder itself, as a mount makes it.
          if (name === "") continue;
          if (!name.endsWith(EXTENSION) || !isNoteId(id)) odd.push({ name, reason: "name" });
          else if (Size > this.#maxBytes) odd.push({ name, reason: "too-large" });
          else notes.push({ id, ...stampOf(Size, ETag) });
        }
        for (const { Prefix = "" } of page.CommonPrefixes ?? [])
          odd.push({ name: nameIn(Prefix).slice(0, -1), reason: "not-a-file" });
      }
      return { notes, odd };
    });
  }

  /** Checks whether the bucket answers to the key. A check of writes would cost two more requests each time. */
  async probe(): Promise<void> {
    return guarded(async () => {
      await this.#client.send(new this.#sdk.HeadBucketCommand({ Bucket: this.#bucket }));
    });
  }

  async #read(id: NoteId): Promise<ReadFile | undefined> {
    const found = await this.#client.send(new this.#sdk.GetObjectCommand(this.#object(id))).catch(orNothing);
    if (found?.Body === undefined) return undefined;
    const { Body, ContentLength, ETag } = found;
    if (ContentLength !== undefined && ContentLength > this.#maxBytes) {
      await Body.transformToWebStream().cancel();
      throw new Problem("note-unreadable", "the object is larger than this service reads", { reason: "too-large" });
    }
    const content = Buffer.from(await Body.transformToByteArray());
    if (!isWhole(content, ETag)) throw new BrokenOff(`${content.length} bytes came, which are not those of the ETag`);
    return { content, ...stampOf(content.length, ETag) };
  }

  #object(id: NoteId) {
    return { Bucket: this.#bucket, Key: `${FOLDER}${id}${EXTENSION}` };
  }
}

function clientFor(sdk: typeof Sdk, { endpoint, region, pathStyle, keyId, secret }: Omit<BucketPlace, "bucket">) {
  return new sdk.S3Client({
    endpoint,
    region,
    forcePathStyle: pathStyle,
    credentials: { accessKeyId: keyId, secretAccessKey: secret },
    // What AWS has added to its own S3 since, others refuse or ignore.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    maxAttempts: 3,
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true },
  });
}

/**
 * Whether this made the ETag, which is an MD5 unless the object was uploaded in parts: a proxy can end an answer half way and call it
 * whole, or give one of its own, which has none.
 */
function isWhole(content: Uint8Array, etag: string | undefined): boolean {
  if (etag === undefined) return false;
  const [, wanted] = /^"([0-9a-f]{32})"$/.exec(etag) ?? [];
  return wanted === undefined || wanted === createHash("md5").update(content).digest("hex");
}

class BrokenOff extends Error {
  override readonly name = "BrokenOff";
}

function isBrokenOff(error: unknown): boolean {
  return error instanceof BrokenOff || (error as { readonly code?: string }).code === "ECONNRESET";
}

/** A note that could not be read is replaced whatever it is. */
function conditionOf(over: Stamp | undefined): { IfMatch?: string; IfNoneMatch?: "*" } {
  if (over === undefined) return { IfNoneMatch: "*" };
  return over.mtime.startsWith(ETAG) ? { IfMatch: over.mtime.slice(ETAG.length) } : {};
}

function stampOf(bytes: number, etag = ""): Stamp {
  return { bytes, mtime: `${ETAG}${etag}` };
}

/** XML cannot hold every name: in a list they are encoded. */
function nameIn(listed: string): string {
  return decodeURIComponent(listed.replaceAll("+", " ")).slice(FOLDER.length);
}

function orNothing(error: unknown): undefined {
  if ((error as Error).name !== "NoSuchKey") throw error;
}

/** A condition that did not hold: another version is there (412), is being written (409), or nothing is (404). */
function orOvertaken(error: unknown): undefined {
  const isOvertaken = statusOf(error) === 409 || statusOf(error) === 412 || (error as Error).name === "NoSuchKey";
  if (!isOvertaken) throw error;
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Problem || error instanceof Overtaken || !(error instanceof Error)) throw error;
    const status = statusOf(error);
    const { code, name } = error as Error & { readonly code?: string };
    const reason = status === undefined ? (code ?? name) : `HTTP_${status}`;
    throw new Problem("storage-unavailable", undefined, { reason, cause: error });
  }
}

function statusOf(error: unknown): number | undefined {
  return (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode;
}
