import { resolve } from "node:path";

import { Command, InvalidArgumentError, Option } from "commander";

import { parseDuration } from "../provider/rotation.ts";
import { EXIT } from "../output/exit-codes.ts";
import { clientFor } from "../operations/files/access-client.ts";
import type { BucketAccess } from "../operations/files/key-forms.ts";
import { keepTogether, LOOKS_EVERY_MS } from "../operations/files/live/keep-together.ts";
import type { SyncEvent } from "../operations/files/live/round.ts";
import { openBucketAccess } from "../operations/files/bucket-access.ts";
import { alone } from "../operations/files/sync/folder-lock.ts";
import { sdkEngine } from "../operations/files/sync/sdk-engine.ts";
import { jsonOption, stackOption } from "./options.ts";
import { makeFolder } from "../stack/made-folder.ts";
import { openStack } from "../stack/context.ts";
import { printable } from "../output/printable.ts";
import { during } from "../output/progress.ts";
import { note, paint, printJsonLine, printLine } from "../output/terminal.ts";

const [LEAST_MS, MOST_MS] = [1000, 60_000];
/** Of a mount with TigrisFS's own default, for a bucket that no machine of ours mounts. */
const UNWATCHED_SECONDS = 120;

/** `tenantry live TENANT DIR`: a folder and a tenant's files, kept together until Ctrl-C. */
export function command(): Command {
  return new Command("live")
    .description("Sync a folder and a tenant's files in both directions until Ctrl-C. It never overwrites an edit.")
    .argument("<tenant>", "the tenant's id")
    .argument("<dir>", "the folder; created if missing")
    .addOption(new Option("--name <name>", "owner of the key; default: the only entry under `access`"))
    .addOption(
      new Option("--every <time>", "how often to check the bucket: 1s to 1m")
        .default(LOOKS_EVERY_MS, "1s")
        .argParser(every),
    )
    .addOption(new Option("--delete", "also delete on one side what is deleted on the other, without asking"))
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(live);
}

interface LiveVerbOptions {
  readonly stack: string;
  readonly name?: string;
  readonly every: number;
  readonly delete?: boolean;
  readonly json?: boolean;
}

async function live(id: string, folder: string, options: LiveVerbOptions): Promise<void> {
  const context = openStack(options.stack);
  const access = await during(`key to the files of ${id}`, () => openBucketAccess(context, id, options.name));
  if (access.key.mode === "read-write" && access.caution !== undefined) note(access.caution);
  const dir = resolve(folder);
  makeFolder(dir);
  await alone(dir, async () => {
    const client = await clientFor(access);
    const pair = { dir, access, client, engine: sdkEngine(client, access.key.bucket), onProgress: () => undefined };
    begin(access, dir);
    const deleted = await keepTogether(pair, {
      everyMs: options.every,
      seenWithinMs: (access.seenWithin ?? UNWATCHED_SECONDS) * 1000,
      deleting: options.delete === true,
      isReadOnly: access.key.mode === "read-only",
      stopped: signalled(),
      tell: options.json === true ? tellProgram : tellPerson,
      note,
    });
    end(access, deleted);
  });
}

/** Ctrl-C a second time ends it at once. */
function signalled(): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    note("syncing once more, then stopping …");
    controller.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, stop);
  return controller.signal;
}

function begin({ tenant, key }: BucketAccess, dir: string): void {
  const isReadOnly = key.mode === "read-only";
  note(`${tenant} and ${printable(dir)} stay in sync, with the key ${key.name}; Ctrl-C stops it`);
  if (isReadOnly)
    note(`the key ${key.name} is read-only: changes in the bucket come here, and your changes are not uploaded`);
}

function end({ key }: BucketAccess, deleted: readonly string[]): void {
  note(key.mode === "read-only" ? "the folder has everything that the bucket has" : "folder and bucket are equal");
  if (deleted.length > 0)
    note(`except for files deleted on one side only, which stay on the other: ${deleted.map(printable).join(", ")}`);
}

const MARKS: Readonly<Record<SyncEvent["what"], string>> = {
  pushed: paint("green", "→"),
  pulled: paint("green", "←"),
  "deleted there": paint("red", "→ -"),
  "deleted here": paint("red", "← -"),
  conflict: paint("magenta", "!"),
  problem: paint("yellow", "?"),
};

/** Prints one event as people read it: one line, whatever the path is called. */
export function tellPerson(event: SyncEvent): void {
  const { what, path, as, reason } = event;
  const time = new Date().toTimeString().slice(0, 8);
  const words = {
    conflict: `: changed on both sides; the other version is ${printable(as ?? "")}`,
    problem: `: ${printable(reason ?? "")}`,
  };
  printLine(`${time} ${MARKS[what]} ${printable(path)}${what === "conflict" || what === "problem" ? words[what] : ""}`);
  heed(event);
}

function tellProgram(event: SyncEvent): void {
  printJsonLine({ at: new Date().toISOString(), ...event });
  heed(event);
}

function heed({ what }: SyncEvent): void {
  if (what === "conflict") process.exitCode = EXIT.changes;
}

function every(given: string): number {
  const time = parseDuration(given);
  if (time !== undefined && time >= LEAST_MS && time <= MOST_MS) return time;
  throw new InvalidArgumentError("expected a time from 1s to 1m");
}
