import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

const entry = z.object({
  local: z.string().optional(),
  remote: z.string().optional(),
  /** When the local file's node was last changed, and its size: as long as both stand, its MD5 needs no reading. */
  changed: z.number().optional(),
  size: z.number().optional(),
});

/** What both sides held of a file when they were last brought together. */
export type BaseEntry = z.infer<typeof entry>;

/** The last common state of a folder and a bucket. Without it nobody can tell who has changed a file. */
export type Base = Map<string, BaseEntry>;

/** The folder of ours in a synchronised folder. It is never carried. */
export const OWN_FOLDER = ".tenantry";

/** Empty when the folder was never synchronised with this bucket. */
export function readBase(dir: string, bucket: string): Base {
  let text: string;
  try {
    text = readFileSync(fileOf(dir, bucket), "utf8");
  } catch {
    return new Map();
  }
  return new Map(Object.entries(z.record(z.string(), entry).parse(JSON.parse(text))));
}

export function writeBase(dir: string, bucket: string, base: Base): void {
  const file = fileOf(dir, bucket);
  mkdirSync(join(dir, OWN_FOLDER), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries([...base].sort(([a], [b]) => (a < b ? -1 : 1)))));
  renameSync(`${file}.new`, file);
}

function fileOf(dir: string, bucket: string): string {
  return join(dir, OWN_FOLDER, `${bucket}.json`);
}
