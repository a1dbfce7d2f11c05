import { spawn } from "node:child_process";
import { once } from "node:events";
import { devNull } from "node:os";
import { createInterface } from "node:readline";

import { withParent } from "../../../processes/with-parent.ts";
import { CONSISTENT } from "../../../provider/tigris/consistent.ts";
import { type BucketAccess, rcloneOptions } from "../key-forms.ts";
import type { OnProgress, TransferEngine } from "./transfer-engine.ts";

const REMOTE = "tenant";

/**
 * Sizes suffice for what an interrupted run has left: whose version it is, is known before. Server times save a request a
 * file. Parallel parts of one file would leave a file of full size with holes when rclone is killed.
 */
export const RCLONE_FLAGS = [
  ...["--size-only", "--use-server-modtime", "--no-unicode-normalization", "--multi-thread-streams=0"],
  `--header=${CONSISTENT.name}: ${CONSISTENT.value}`,
  ...["--use-json-log", "--stats=500ms", "--stats-log-level=NOTICE"],
];

/** What rclone is to copy: files of a bucket by name, into a folder. */
export interface Copy {
  /** `REMOTE:BUCKET` */
  readonly source: string;
  readonly folder: string;
  readonly names: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly onProgress: OnProgress;
}

/**
 * rclone for downloads, told all it needs by its environment: neither its arguments nor a file hold the secret, and the
 * person's own rclone.conf is not read. What it cannot do without doubt, `beside` does: uploads, which rclone cannot make
 * conditional, names that it would write otherwise, and whatever it has not brought. `copy` runs rclone; default: a process.
 */
export function rcloneEngine(
  access: BucketAccess,
  env: Readonly<Record<string, string | undefined>>,
  beside: TransferEngine,
  copy: (what: Copy) => Promise<void> = copyByProcess,
): TransferEngine {
  const source = `${REMOTE}:${access.key.bucket}`;
  const options = Object.entries(rcloneOptions(access));
  const own = options.map(([name, value]): [string, string] => [
    `RCLONE_CONFIG_${REMOTE.toUpperCase()}_${name.toUpperCase()}`,
    value,
  ]);
  // The person's own AWS_*, ~/.aws and RCLONE_* are for other buckets and other commands; rclone would heed them here, a
  // RCLONE_DRY_RUN or a filter too.
  const others = Object.entries(env).filter(([name]) => !/^(?:AWS|RCLONE)_/.test(name));
  const environment: Copy["environment"] = Object.fromEntries<string | undefined>([
    ...others,
    ...own,
    ["RCLONE_CONFIG", ""],
    ["AWS_CONFIG_FILE", devNull],
    ["AWS_SHARED_CREDENTIALS_FILE", devNull],
    ["RCLONE_ASK_PASSWORD", "false"],
  ]);
  return {
    name: "rclone",
    async download(wanted, folder, onProgress) {
      const names = [...wanted.keys()].filter(isWrittenAsItIs);
      if (names.length > 0) await copy({ source, folder, names, environment, onProgress });
      return beside.download(wanted, folder, onProgress);
    },
    upload: beside.upload,
  };
}

/**
 * rclone writes some characters for others that a file system lacks, takes composed letters for single ones, and takes
 * longer names while a file arrives.
 */
function isWrittenAsItIs(path: string): boolean {
  if (/[\u201b\u2400-\u243f\uff00-\uffef]/u.test(path) || path !== path.normalize("NFC")) return false;
  return path.split("/").every((part) => Buffer.byteLength(part) <= 200);
}

/** Ends when rclone has, however: what it has not brought, the caller sees. */
async function copyByProcess({ source, folder, names, environment, onProgress }: Copy): Promise<void> {
  const command = ["rclone", "copy", "--files-from-raw=-", ...RCLONE_FLAGS, source, folder] as const;
  const [file, argv] = withParent(command, { path: environment["PATH"], signal: "TERM" });
  const child = spawn(file, argv, { env: environment, stdio: ["pipe", "ignore", "pipe"] });
  const closed = once(child, "close").catch(() => undefined);
  child.stdin.on("error", () => undefined);
  child.stdin.end(names.map((name) => `${name}\n`).join(""));
  for await (const line of createInterface({ input: child.stderr })) {
    const bytes = bytesIn(line);
    if (bytes !== undefined) onProgress(bytes);
  }
  await closed;
}

/** How far a line of rclone's log says it is. */
function bytesIn(line: string): number | undefined {
  try {
    return (JSON.parse(line) as { readonly stats?: { readonly bytes: number } }).stats?.bytes;
  } catch {
    return undefined;
  }
}
