import { createHash } from "node:crypto";
import {
  createWriteStream,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
  closeSync,
  fsyncSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { GetObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";

import { byteSize } from "../../output/byte-size.ts";
import { ENCODED, nameIn } from "../../provider/tigris/encoded-names.ts";
import { atOnce } from "../files/sync/at-once.ts";
import { manifestLine, type ObjectLine } from "./manifest.ts";
import { ObjectPaths } from "./object-paths.ts";

/** What is known of an object before it is read. */
interface Listed {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
}

/** Attempts for an object whose content broke off on the way. */
const ATTEMPTS = 3;

/** Lists and fetches the objects of a bucket into a folder, and remembers each at once in a journal, to go on after a break. */
export class ObjectExport {
  readonly failed = new Map<string, string>();
  bytes = 0;
  #fetched = 0;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #dir: string;
  readonly #journal: number;
  readonly #paths = new ObjectPaths();

  /** @param journal where each object is noted once its content is in the folder; only added to */
  constructor({ client, bucket, dir, journal }: { client: S3Client; bucket: string; dir: string; journal: string }) {
    this.#client = client;
    this.#bucket = bucket;
    this.#dir = dir;
    mkdirSync(join(dir, PARTS), { recursive: true, mode: 0o700 });
    this.#journal = openSync(journal, "a", 0o600);
  }

  /**
   * All objects, in the order of their keys, page by page. What `known` has of the same version, and the folder still holds,
   * is not fetched again. An object that vanishes meanwhile is left out.
   */
  async *objects(known: ReadonlyMap<string, ObjectLine>, tell: (what: string) => void): AsyncGenerator<ObjectLine> {
    for await (const page of this.#pages()) {
      const wanted = page.map((listed) => ({ listed, path: this.#paths.pathOf(listed.key) }));
      const lines = await atOnce(wanted, async ({ listed, path }) => {
        const before = known.get(listed.key);
        const line = this.#isHere(listed, path, before) ? before : await this.#fetchedAnew(listed, path);
        this.#fetched += 1;
        tell(`${this.#fetched} objects, ${byteSize(this.bytes)} fetched`);
        return line;
      });
      fsyncSync(this.#journal);
      for (const line of lines) if (line !== undefined) yield line;
    }
  }

  close(): void {
    closeSync(this.#journal);
    rmSync(join(this.#dir, PARTS), { recursive: true, force: true });
  }

  async *#pages(): AsyncGenerator<Listed[]> {
    let token: string | undefined;
    do {
      const page = await this.#client.send(
        new ListObjectsV2Command({ Bucket: this.#bucket, ...ENCODED, ContinuationToken: token }),
      );
      yield (page.Contents ?? []).map(({ Key, ETag = "", Size = 0 }) => ({
        key: nameIn(page, Key),
        etag: bare(ETag),
        size: Size,
      }));
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  #isHere({ etag, size }: Listed, path: string, known: ObjectLine | undefined): boolean {
    if (known?.etag !== etag || known.size !== size || known.path !== path) return false;
    return statSync(join(this.#dir, path), { throwIfNoEntry: false })?.size === size;
  }

  async #fetchedAnew({ key }: Listed, path: string): Promise<ObjectLine | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const line = await this.#fetch(key, path);
        if (line !== undefined) writeSync(this.#journal, manifestLine(line));
        return line;
      } catch (error) {
        if (attempt < ATTEMPTS) continue;
        this.failed.set(key, error instanceof Error ? error.message : String(error));
        return undefined;
      }
    }
  }

  /** Undefined: it is gone. The file gets its name only when all of it is there. */
  async #fetch(key: string, path: string): Promise<ObjectLine | undefined> {
    const answer = await this.#client
      .send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }))
      .catch((error: unknown) => {
        if (!isGone(error, key)) throw error;
        return undefined;
      });
    if (answer?.Body === undefined) return undefined;
    const [hash, md5] = [createHash("sha256"), createHash("md5")];
    const part = join(this.#dir, PARTS, createHash("sha256").update(key).digest("hex"));
    let size = 0;
    const measured = async function* (pieces: AsyncIterable<Buffer>) {
      for await (const piece of pieces) {
        hash.update(piece);
        md5.update(piece);
        size += piece.length;
        yield piece;
      }
    };
    await pipeline(answer.Body as Readable, measured, createWriteStream(part, { mode: 0o600, flush: true }));
    const etag = bare(answer.ETag ?? "");
    if (size !== (answer.ContentLength ?? size))
      throw new Error(`${size} of ${answer.ContentLength ?? 0} bytes arrived`);
    // An object that was uploaded in one piece has the MD5 of its content as its ETag.
    if (/^[0-9a-f]{32}$/.test(etag) && md5.digest("hex") !== etag)
      throw new Error("what arrived is not what its ETag says");
    const target = join(this.#dir, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    renameSync(part, target);
    this.bytes += size;
    const { ContentType: contentType, Metadata: metadata = {}, LastModified = new Date(0) } = answer;
    return {
      kind: "object",
      key,
      path,
      size,
      sha256: hash.digest("hex"),
      etag,
      modified: LastModified.toISOString(),
      ...(contentType === undefined ? {} : { contentType }),
      ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    };
  }
}

/** Where content lies while it arrives. */
const PARTS = ".parts";

function bare(etag: string): string {
  return etag.replaceAll('"', "");
}

/** Whether an object has vanished since it was listed. Of a name with U+FFFD, which a list may have put for what is no text, that cannot be known. */
export function isGone(error: unknown, key: string): boolean {
  return (error as { readonly name?: string }).name === "NoSuchKey" && !key.includes("\ufffd");
}
