import { createHash } from "node:crypto";

import { GetObjectCommand, type GetObjectCommandOutput, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";

import { byteSize } from "../../output/byte-size.ts";
import { ENCODED, nameIn } from "../../provider/tigris/encoded-names.ts";
import { atOnce } from "../files/sync/at-once.ts";
import type { ExportPlace, Pieces } from "./export-place.ts";
import { manifestLine, type ObjectLine, type VersionLine } from "./manifest.ts";
import { ObjectPaths } from "./object-paths.ts";
import { counted } from "../../output/counted.ts";

/** What is known of an object before it is read. */
interface Listed {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
}

/** An older version of an object, before it is read. */
interface ListedVersion {
  readonly key: string;
  readonly versionId: string;
  readonly at: number;
}

/** What an earlier run has brought, by key, and by key and version. */
export interface Known {
  readonly objects: ReadonlyMap<string, ObjectLine>;
  readonly versions: ReadonlyMap<string, VersionLine>;
}

/** Attempts for an object whose content broke off on the way. */
const ATTEMPTS = 3;

/** Lists and fetches the objects of a bucket into an export, and notes each in its journal, to go on after a break. */
export class ObjectExport {
  readonly failed = new Map<string, string>();
  bytes = 0;
  #fetched = 0;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #place: ExportPlace;
  readonly #sizeOf: (path: string) => number | undefined;
  readonly #tell: (what: string) => void;
  readonly #paths: ObjectPaths;

  /** @param sizeOf what the place holds already */
  constructor(about: {
    client: S3Client;
    bucket: string;
    place: ExportPlace;
    sizeOf: (path: string) => number | undefined;
    tell: (what: string) => void;
  }) {
    this.#client = about.client;
    this.#bucket = about.bucket;
    this.#place = about.place;
    this.#sizeOf = about.sizeOf;
    this.#tell = about.tell;
    this.#paths = new ObjectPaths(about.place.longestPath);
  }

  /**
   * All objects, in the order of their keys, page by page. What is `known` of the same version, and still there, is not
   * fetched again. An object that vanishes meanwhile is left out.
   */
  async *objects(known: Known["objects"]): AsyncGenerator<ObjectLine> {
    for await (const page of this.#pages()) {
      const wanted = page.map((listed) => ({ listed, path: this.#paths.pathOf(listed.key) }));
      const lines = await atOnce(wanted, async ({ listed, path }) => {
        const before = known.get(listed.key);
        const isKnown = before?.etag === listed.etag && before.size === listed.size && before.path === path;
        const line = isKnown && this.#isHere(before) ? before : await this.#fetchedAnew(listed, path);
        this.#told();
        return line;
      });
      await this.#place.journal.flush();
      for (const line of lines) if (line !== undefined) yield line;
    }
  }

  /** These older versions of objects, in the same way. One is never written again: the same name is the same content. */
  async versions(listed: readonly ListedVersion[], known: Known["versions"]): Promise<readonly VersionLine[]> {
    const lines = await atOnce(listed, async (version) => {
      const before = known.get(versionName(version.key, version.versionId));
      const line = before !== undefined && this.#isHere(before) ? before : await this.#versionAnew(version);
      this.#told();
      return line;
    });
    await this.#place.journal.flush();
    return lines.filter((line) => line !== undefined);
  }

  #told(): void {
    this.#fetched += 1;
    this.#tell(`${counted(this.#fetched, "object")}, ${byteSize(this.bytes)} fetched`);
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

  #isHere({ path, size }: ObjectLine | VersionLine): boolean {
    return this.#sizeOf(path) === size;
  }

  #fetchedAnew({ key }: Listed, path: string): Promise<ObjectLine | undefined> {
    return this.#tried(key, async () => {
      const answer = await this.#get(key);
      return answer && { kind: "object", key, path, ...(await this.#stored(answer, path)) };
    });
  }

  #versionAnew({ key, versionId: id, at }: ListedVersion): Promise<VersionLine | undefined> {
    return this.#tried(key, async () => {
      const path = `versions/${versionName(key, id)}`;
      const answer = await this.#get(key, id);
      if (answer === undefined) return undefined;
      const modified = new Date(at).toISOString();
      return { kind: "version", key, id, path, ...(await this.#stored(answer, path)), modified };
    });
  }

  async #tried<Line extends ObjectLine | VersionLine>(
    key: string,
    work: () => Promise<Line | undefined>,
  ): Promise<Line | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const line = await work();
        if (line !== undefined) await this.#place.journal.add(manifestLine(line));
        return line;
      } catch (error) {
        if (attempt < ATTEMPTS) continue;
        this.failed.set(key, error instanceof Error ? error.message : String(error));
        return undefined;
      }
    }
  }

  /** Undefined: it is gone. */
  async #get(key: string, VersionId?: string): Promise<GetObjectCommandOutput | undefined> {
    try {
      return await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key, VersionId }));
    } catch (error) {
      if (isGone(error, key)) return undefined;
      throw error;
    }
  }

  /** Copies the content of an object to its place, and returns its data for a line of the manifest. */
  async #stored(
    { Body, ETag = "", ContentLength, ContentType, Metadata = {}, LastModified = new Date(0) }: GetObjectCommandOutput,
    path: string,
  ): Promise<Pick<ObjectLine, "size" | "sha256" | "etag" | "modified" | "contentType" | "metadata">> {
    const etag = bare(ETag);
    const [hash, md5] = [createHash("sha256"), createHash("md5")];
    let size = 0;
    const measured = async function* (pieces: Pieces) {
      for await (const piece of pieces) {
        hash.update(piece);
        md5.update(piece);
        size += piece.length;
        yield piece;
      }
      if (size !== (ContentLength ?? size)) throw new Error(`${size} of ${ContentLength ?? 0} bytes arrived`);
      // An object that was uploaded in one piece has the MD5 of its content as its ETag.
      if (/^[0-9a-f]{32}$/.test(etag) && md5.digest("hex") !== etag)
        throw new Error("the content does not match its ETag");
    };
    await this.#place.write(path, measured(Body as unknown as Pieces), ContentLength);
    this.bytes += size;
    return {
      size,
      sha256: hash.digest("hex"),
      etag,
      modified: LastModified.toISOString(),
      ...(ContentType === undefined ? {} : { contentType: ContentType }),
      ...(Object.keys(Metadata).length === 0 ? {} : { metadata: Metadata }),
    };
  }
}

/** Tells one version of one object from all others. */
export function versionName(key: string, id: string): string {
  return createHash("sha256")
    .update(JSON.stringify([key, id]))
    .digest("hex");
}

function bare(etag: string): string {
  return etag.replaceAll('"', "");
}

/**
 * Whether an object has vanished since it was listed. Unknown for a name with U+FFFD, with which a list may have replaced
 * invalid text.
 */
export function isGone(error: unknown, key: string): boolean {
  return (error as { readonly name?: string }).name === "NoSuchKey" && !key.includes("\ufffd");
}
