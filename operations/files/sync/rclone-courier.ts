import { spawn } from "node:child_process";
import { once } from "node:events";
import { devNull } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { TenantryError } from "../../../errors/tenantry-error.ts";
import { CONSISTENT } from "../../../provider/tigris/consistent.ts";
import { withParent } from "../../../processes/with-parent.ts";
import { filesErrors } from "../errors.ts";
import { type Door, rcloneOptions } from "../key-forms.ts";
import type { Courier, OnProgress } from "./courier.ts";

const REMOTE = "tenant";

// Parallel parts of one file would leave a file of full size with holes when it is killed.
const ALWAYS = ["--multi-thread-streams=0", "--use-json-log", "--stats=500ms", "--stats-log-level=NOTICE"];
const CONSISTENTLY = `--header=${CONSISTENT.name}: ${CONSISTENT.value}`;

/**
 * rclone, told all it needs by its environment: neither its arguments nor a file hold the secret, and the person's own
 * rclone.conf is not read.
 */
export function rcloneCourier(door: Door, env: Readonly<Record<string, string | undefined>>): Courier {
  const bucket = `${REMOTE}:${door.key.bucket}`;
  const options = Object.entries(rcloneOptions(door));
  const own = options.map(([name, value]): [string, string] => [
    `RCLONE_CONFIG_${REMOTE.toUpperCase()}_${name.toUpperCase()}`,
    value,
  ]);
  // The person's own AWS_*, ~/.aws and RCLONE_* are for other buckets and other commands; rclone would heed them here, a
  // RCLONE_DRY_RUN or a filter too.
  const others = Object.entries(env).filter(([name]) => !/^(?:AWS|RCLONE)_/.test(name));
  const environment: Run["environment"] = Object.fromEntries<string | undefined>([
    ...others,
    ...own,
    ["RCLONE_CONFIG", ""],
    ["AWS_CONFIG_FILE", devNull],
    ["AWS_SHARED_CREDENTIALS_FILE", devNull],
    ["RCLONE_ASK_PASSWORD", "false"],
  ]);
  const run = (args: readonly string[], names: readonly string[], onProgress: OnProgress) =>
    rclone([...args, ...ALWAYS, CONSISTENTLY], names, { environment, door, onProgress });
  return {
    name: "rclone",
    // Sizes suffice for what an interrupted run has left: whose version it is, is known before. Server times save a request a file.
    download: (wanted, folder, onProgress) =>
      run(
        ["copy", bucket, folder, "--files-from-raw=-", "--size-only", "--use-server-modtime"],
        [...wanted.keys()],
        onProgress,
      ),
    async upload(files, folder, onProgress) {
      const same = files.filter(({ path, as }) => path === as).map(({ path }) => path);
      if (same.length > 0)
        await run(["copy", folder, bucket, "--files-from-raw=-", "--no-check-dest"], same, onProgress);
      for (const { path, as } of files.filter((file) => file.path !== file.as))
        await run(["copyto", join(folder, path), `${bucket}/${as}`, "--no-check-dest"], [], onProgress);
      return new Map();
    },
  };
}

interface Run {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly door: Door;
  readonly onProgress: OnProgress;
}

async function rclone(args: readonly string[], names: readonly string[], run: Run): Promise<void> {
  const [file, argv] = withParent(["rclone", ...args], { path: run.environment["PATH"], signal: "TERM" });
  const child = spawn(file, argv, { env: run.environment, stdio: ["pipe", "ignore", "pipe"] });
  const closed = once(child, "close") as Promise<[number | null]>;
  child.stdin.on("error", () => undefined);
  child.stdin.end(names.map((name) => `${name}\n`).join(""));
  const complaints: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    const { level, msg, object, stats } = logLine(line);
    if (stats !== undefined) run.onProgress(stats.bytes);
    else if (level === "error") complaints.push(object === undefined ? msg : `${object}: ${msg}`);
  }
  const [code] = await closed;
  if (code === 0) return;
  const words = [...new Set(complaints)].slice(-5).join("\n  ").replaceAll(run.door.key.secret, "***");
  throw new TenantryError(filesErrors.SYNC_TRANSFER_FAILED, `rclone ended with ${code ?? "a signal"}\n  ${words}`, {
    tenant: run.door.tenant,
  });
}

interface LogLine {
  readonly level?: string;
  readonly msg: string;
  readonly object?: string;
  readonly stats?: { readonly bytes: number };
}

function logLine(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { level: "error", msg: line };
  }
}
