import { createHash } from "node:crypto";

import * as z from "zod";

import { result } from "../engine/deployment-events.ts";

/** A tenant's files and rows at one instant, by what the vendors need to show them again. */
const cut = z.strictObject({
  /** When: the database is made as of this moment. */
  at: z.iso.datetime(),
  bucket: z.string(),
  /** The version of the bucket's snapshot. */
  version: z.string(),
  /** Bytes of all files as Tigris estimates them; null where it did not tell. */
  bytes: z.number().nullable(),
  /** Null: the tenant has none. */
  database: z.strictObject({ name: z.string(), dbId: z.string(), bytes: z.number().nullable() }).nullable(),
  /** For how many ms the database refused writes. */
  fencedMs: z.number().nonnegative(),
  /** For how many ms the app held its writes back by its own hook. Absent: it has none, or that failed. */
  quiescedMs: z.number().nonnegative().optional(),
  /** What it held by a count when it was taken, for `verify --restore`. Lines of before that have none. */
  holds: z
    .strictObject({
      files: z.int().nonnegative(),
      /** A digest of the names, sizes and ETags of all files, in any order. */
      list: z.string(),
      /** By table. Null: there is no database, it is blocked, or the count took too long. */
      rows: z.record(z.string(), z.int().nonnegative()).nullable(),
    })
    .optional(),
});
/** A snapshot of a tenant, as the history keeps it. */
export type Cut = z.infer<typeof cut>;

const counts = z.partialRecord(z.enum(["create", "update", "replace", "rotate", "delete"]), z.int().nonnegative());

/** What is told of one event of a run. No secret: errors are the texts that `up` prints. */
const eventSchema = z.strictObject({
  /**
   * `begun` is written before anything is changed, `tenant` once per tenant that was or should have been changed, `ended` last.
   * The others are lines of their own: a snapshot was taken, a restore from one was begun, something was brought back, a clone was made of one, one
   * was restored for a test and removed again (`result` and `errors` say how it ended);
   * `purging` is written before and after a run that deletes a tenant, `certificate` when it is gone.
   */
  kind: z.enum([
    "begun",
    "tenant",
    "ended",
    "snapshot",
    "restoring",
    "restored",
    "cloned",
    "tested",
    "purging",
    "certificate",
  ]),
  time: z.iso.datetime(),
  stack: z.string(),
  /** The same for all entries of one run. */
  run: z.uuid(),
  /** Who ran it: `octocat` on GitHub, else the e-mail address that git knows, else the user's name. */
  actor: z.string(),
  /** The computer, or the address of the workflow's run. */
  from: z.string(),
  /** The commit whose tenant files were applied; absent outside a git repository. */
  commit: z.strictObject({ sha: z.string(), isClean: z.boolean() }).optional(),
  /** The hash of the reviewed plan, when one was applied. */
  plan: z.string().optional(),
  tenant: z.string().optional(),
  /** How many resources were created, updated, …; only what is not zero. */
  changes: counts.optional(),
  result: result.optional(),
  /** What was under way when the run ended, like `machine update`: whether it took effect is not known. */
  open: z.array(z.string()).optional(),
  errors: z.array(z.string()).optional(),
  /** What `schema up` has run, by name: `0014_add_index`. Which of them `up` runs, the ledgers tell. */
  migrations: z.array(z.string()).optional(),
  cut: cut.optional(),
  /** For `restoring` and `restored`: the whole tenant went back to `cut`, and this snapshot undoes that. */
  undo: cut.optional(),
  /** What operations/offboarding/certificate.ts says of a purged tenant, and what a run knew that deleted a part of it. */
  certificate: z.record(z.string(), z.unknown()).optional(),
  purging: z.record(z.string(), z.unknown()).optional(),
});

const entrySchema = eventSchema.extend({
  /** Counts the lines of the log from 1 on. */
  line: z.int().positive(),
  /** The hash of the line before; null on the first. */
  previous: z.string().nullable(),
});

/** What happened to one tenant in a run. */
export type HistoryEvent = z.infer<typeof eventSchema>;
/** One line of the log. */
export type Entry = z.infer<typeof entrySchema>;

/** The place in the log that the next line follows. */
export interface Tail {
  readonly count: number;
  /** The hash of the last line; null when there is none. */
  readonly hash: string | null;
}

export const EMPTY: Tail = { count: 0, hash: null };

/** Lines that continue the log after `tail`, each with the hash of the one before it. */
export function chained(tail: Tail, events: readonly HistoryEvent[]): string[] {
  const lines: string[] = [];
  let { hash } = tail;
  for (const event of events) {
    const entry: Entry = { line: tail.count + lines.length + 1, previous: hash, ...event };
    const line = JSON.stringify(entry);
    lines.push(line);
    hash = hashOf(line);
  }
  return lines;
}

/** SHA-256 of a line without its line end. */
export function hashOf(line: string): string {
  return createHash("sha256").update(line).digest("hex");
}

/** Undefined for a line that is no entry. */
export function parseEntry(line: string): Entry | undefined {
  try {
    return entrySchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
