import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import {
  DeleteObjectCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";

/** The files of a tenant as people change them beside the service, whatever holds them. A name is `notes/a.md`. */
export interface ByHand {
  write(name: string, content: string | Buffer): Promise<void>;
  text(name: string): Promise<string>;
  /** Of files alone, sorted. */
  names(): Promise<string[]>;
  /** One that is not there is fine. */
  remove(name: string): Promise<void>;
}

/** In a folder of this computer. */
export function inFolder(root: string): ByHand {
  return {
    write(name, content) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), content);
      return Promise.resolve();
    },
    text: (name) => Promise.resolve(readFileSync(join(root, name), "utf8")),
    names() {
      const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter(
        (entry) => !entry.isDirectory(),
      );
      const names = entries.map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1));
      return Promise.resolve(names.sort());
    },
    remove(name) {
      rmSync(join(root, name), { force: true });
      return Promise.resolve();
    },
  };
}

/** In a bucket. */
export function inBucket(client: S3Client, Bucket: string): ByHand {
  return {
    async write(Key, Body) {
      await client.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from(Body) }));
    },
    async text(Key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      return (await Body?.transformToString()) ?? "";
    },
    async names() {
      const names: string[] = [];
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket }))
        names.push(...Contents.map(({ Key = "" }) => Key));
      return names.sort();
    },
    async remove(Key) {
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
    },
  };
}
