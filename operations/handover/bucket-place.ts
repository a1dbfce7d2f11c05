import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { DeleteObjectsCommand, GetObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

import { makeFolder } from "../../stack/made-folder.ts";
import { TenantryError } from "../../errors/tenantry-error.ts";
import { ENCODED, nameIn } from "../../provider/tigris/encoded-names.ts";
import type { BucketAddress } from "./bucket-address.ts";
import { handoverErrors } from "./errors.ts";
import { type ExportPlace, type Journal, linesOf, type Pieces } from "./export-place.ts";

/** S3's limit for a key. */
const LONGEST_KEY = 1024;
const SMALLEST_PART = 5 * 1024 ** 2;
const MOST_PARTS = 10_000;
/** How many objects one call deletes. */
const AT_A_TIME = 1000;
/** How many lines of the journal go into one object. */
const NOTED_TOGETHER = 100;
const JOURNAL = "journal/";

/**
 * An export below a prefix in a bucket of the team's own. Content streams through; only the database goes through a file.
 *
 * @param folder for that file; default: a passing one
 */
export function bucketPlace(client: S3Client, address: BucketAddress, folder?: string): ExportPlace {
  const objects = new Objects(client, address);
  const inFolder = async <Result>(work: (dir: string) => Promise<Result>): Promise<Result> => {
    if (folder !== undefined) makeFolder(folder, 0o700);
    const dir = mkdtempSync(join(folder ?? tmpdir(), "tenantry-export-"));
    try {
      return await work(dir);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  };
  return {
    name: objects.name(""),
    bucket: address.bucket,
    longestPath: LONGEST_KEY - Buffer.byteLength(address.prefix),
    journal: new ObjectJournal(objects),
    open: () => Promise.resolve(),
    async isEmpty() {
      for await (const _ of objects.list("")) return false;
      return true;
    },
    async sizes() {
      const sizes = new Map<string, number>();
      for await (const { path, size } of objects.list("")) sizes.set(path, size);
      return (path) => sizes.get(path);
    },
    read: (path) => objects.read(path),
    write: (path, content, size) => objects.write(path, content, size),
    remove: (paths) => objects.remove(paths),
    made: (paths, work) =>
      inFolder(async (dir) => {
        const fileOf = (path: string) => join(dir, basename(path));
        const result = await work(fileOf);
        for (const path of paths)
          await objects.write(path, createReadStream(fileOf(path)), statSync(fileOf(path)).size);
        return result;
      }),
    locally: (path, work) =>
      inFolder(async (dir) => {
        const file = join(dir, basename(path));
        const content = (await objects.read(path)) ?? Readable.from([]);
        await pipeline(content, createWriteStream(file, { mode: 0o600 }));
        return await work(file);
      }),
    tidy: () => undefined,
  };
}

/** The objects below the prefix, by their paths. */
class Objects {
  readonly #client: S3Client;
  readonly #address: BucketAddress;

  constructor(client: S3Client, address: BucketAddress) {
    this.#client = client;
    this.#address = address;
  }

  name(path: string): string {
    return `s3://${this.#address.bucket}/${this.#address.prefix}${path}`;
  }

  async *list(below: string): AsyncGenerator<{ path: string; size: number }> {
    const { bucket: Bucket, prefix } = this.#address;
    let token: string | undefined;
    do {
      const page = await this.#asked(
        below,
        this.#client.send(
          new ListObjectsV2Command({ Bucket, ...ENCODED, Prefix: `${prefix}${below}`, ContinuationToken: token }),
        ),
      );
      for (const { Key, Size = 0 } of page.Contents ?? [])
        yield { path: nameIn(page, Key).slice(prefix.length), size: Size };
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  async read(path: string): Promise<Readable | undefined> {
    const command = new GetObjectCommand(this.#at(path));
    try {
      return (await this.#client.send(command)).Body as Readable | undefined;
    } catch (error) {
      if ((error as Error).name === "NoSuchKey") return undefined;
      throw this.#failed(path, error);
    }
  }

  /** The client sends a checksum with each part, which the store holds against what has arrived. */
  async write(path: string, content: Pieces, size = 0): Promise<void> {
    let own: { error: unknown } | undefined;
    const pieces = async function* () {
      try {
        yield* content;
      } catch (error) {
        own = { error };
        throw error;
      }
    };
    const partSize = Math.max(SMALLEST_PART, Math.ceil(size / MOST_PARTS));
    const params = { ...this.#at(path), Body: Readable.from(pieces(), { objectMode: false }) };
    const upload = new Upload({ client: this.#client, params, partSize, queueSize: 1 });
    try {
      await upload.done();
    } catch (error) {
      throw own === undefined ? this.#failed(path, error) : own.error;
    }
  }

  async remove(paths: readonly string[]): Promise<void> {
    const { bucket: Bucket, prefix } = this.#address;
    for (let from = 0; from < paths.length; from += AT_A_TIME) {
      const Objects = paths.slice(from, from + AT_A_TIME).map((path) => ({ Key: `${prefix}${path}` }));
      const command = new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } });
      const { Errors: [first] = [] } = await this.#asked("", this.#client.send(command));
      if (first !== undefined)
        throw this.#failed(first.Key ?? "", new Error(`${first.Code ?? ""} ${first.Message ?? ""}`));
    }
  }

  #at(path: string): { Bucket: string; Key: string } {
    return { Bucket: this.#address.bucket, Key: `${this.#address.prefix}${path}` };
  }

  async #asked<Answer>(path: string, asked: Promise<Answer>): Promise<Answer> {
    try {
      return await asked;
    } catch (error) {
      throw this.#failed(path, error);
    }
  }

  #failed(path: string, cause: unknown): TenantryError {
    const { name, message } = cause as Error;
    return new TenantryError(handoverErrors.EXPORT_BUCKET_FAILED, `${this.name(path)}: ${name}: ${message}`, { cause });
  }
}

/** An object for some lines each, for nothing can be added to one. */
class ObjectJournal implements Journal {
  readonly #objects: Objects;
  #lines: string[] = [];
  #number: Promise<number> | undefined;

  constructor(objects: Objects) {
    this.#objects = objects;
  }

  async *lines(): AsyncGenerator<string> {
    for (const path of await this.#paths()) {
      const content = await this.#objects.read(path);
      if (content !== undefined) yield* linesOf(content);
    }
  }

  async add(line: string): Promise<void> {
    this.#lines.push(line);
    if (this.#lines.length >= NOTED_TOGETHER) await this.flush();
  }

  async flush(): Promise<void> {
    const text = this.#lines.join("");
    if (text === "") return;
    this.#lines = [];
    const number = (this.#number ??= this.#paths().then((paths) => Number(/\d+/.exec(paths.at(-1) ?? "")?.[0] ?? 0)));
    this.#number = number.then((last) => last + 1);
    const path = `${JOURNAL}${String(await this.#number).padStart(9, "0")}.jsonl`;
    const content = Buffer.from(text);
    await this.#objects.write(path, Readable.from([content]), content.length);
  }

  async remove(): Promise<void> {
    this.#lines = [];
    this.#number = undefined;
    await this.#objects.remove(await this.#paths());
  }

  async #paths(): Promise<string[]> {
    const paths: string[] = [];
    for await (const { path } of this.#objects.list(JOURNAL)) paths.push(path);
    return paths.sort();
  }
}
