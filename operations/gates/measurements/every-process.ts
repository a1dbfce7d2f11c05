import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { GetObjectCommand } from "@aws-sdk/client-s3";

import { TenantryError } from "../../../errors/tenantry-error.ts";
import { clientFor } from "../../files/access-client.ts";
import { atOnce } from "../../files/sync/at-once.ts";
import { listBucket } from "../../files/sync/bucket-listing.ts";
import { sqlBody } from "../../verify/planted.ts";
import { gateErrors } from "../errors.ts";
import type { Gate, Measured } from "../gate.ts";
import type { GateMachine, ScratchTenants } from "../scratch-tenants.ts";
import type { Measurement } from "../measurement.ts";
import { untilSaid } from "../until-said.ts";

const GATE: Gate = {
  id: "durability.every-process",
  phase: "all",
  name: "Durability, process by process",
  question:
    "How many writes that fsync or the database acknowledged are lost when the machine stops, a process is killed, or storage or database cannot be reached?",
  unit: "acknowledged writes lost",
  threshold: 0,
  good: "below",
  cannotTell: "the loss of a host at Fly with its network, and failures inside Tigris' and Turso's own engines.",
};

const SOURCE = readFileSync(join(import.meta.dirname, "../writing-app.mjs"), "utf8");
/** So much of each kind has to be acknowledged before anything happens, or nothing was tried. */
const LEAST = 10;

/** What happens to a machine under writing load; it has ended afterwards. */
type Disturbance = (scratch: ScratchTenants, machine: GateMachine, awayMs: number) => Promise<void>;

const ended: Disturbance = async (scratch, machine) => {
  await scratch.stop(machine);
  await scratch.ended(machine);
};
/** A kill -9 of what has this in its command line, from inside; `goesOn`: the machine does, and is stopped later. */
const killOf =
  (pattern: string, goesOn = false): Disturbance =>
  async (scratch, machine) => {
    // The brackets keep the shell that looks from finding itself.
    const find = `for each in /proc/[0-9]*; do if tr '\\0' ' ' <"$each/cmdline" | grep -Eq '${pattern}'; then kill -9 "\${each#/proc/}" && echo killed; fi; done`;
    const { out } = await scratch.exec(machine, ["sh", "-c", find]).catch((error: unknown) => {
      // Where the machine ended, so did the shell in it.
      if (error instanceof TenantryError) return { out: "killed" };
      throw error;
    });
    if (!out.includes("killed"))
      throw new TenantryError(gateErrors.GATE_CALL_FAILED, `there is no ${pattern} in ${machine.id}`);
    if (!goesOn) return scratch.ended(machine);
    await sleep(MORE_MS);
    return ended(scratch, machine, 0);
  };
const away =
  (vendor: "tigris" | "turso"): Disturbance =>
  async (scratch, machine, awayMs) => {
    await scratch.away(vendor, awayMs);
    await sleep(MORE_MS);
    await ended(scratch, machine, 0);
  };
/** Writing goes on for so long after what did not end the machine. */
const MORE_MS = 1000;
const tigrisfsKilled = killOf("(^|/)[t]igrisfs ");

const EVENTS: Readonly<Record<string, Disturbance>> = {
  "stop (SIGTERM)": ended,
  "kill -9 of the app": killOf("^node .*/srv/gate/[p]rogram"),
  "kill -9 of TigrisFS": tigrisfsKilled,
  "kill -9 of the watch": killOf("(^|/)[m]ount-watch ", true),
  "kill -9 of the entrypoint": killOf("/[e]ntrypoint.sh "),
  "kill -9 of the machine": async (scratch, machine) => {
    await scratch.stop(machine, "kill");
    await scratch.ended(machine);
  },
  "storage away": away("tigris"),
  "database away": away("turso"),
};
/** Two on one machine. */
const QUICK: typeof EVENTS = {
  "storage away, then kill -9 of TigrisFS": async (scratch, machine, awayMs) => {
    await scratch.away("tigris", awayMs);
    await sleep(MORE_MS);
    await tigrisfsKilled(scratch, machine, awayMs);
  },
};

/** What was acknowledged, and what of it is gone, by kind. */
interface Row {
  readonly event: string;
  readonly acknowledged: Counts;
  readonly lost: Counts;
}
type Counts = Readonly<Record<(typeof KINDS)[number], number>>;
const KINDS = ["closed", "synced", "row"] as const;

/** An app that writes files and rows as fast as it can, and each thing that may happen to one of its processes. */
export const everyProcessMeasurement: Measurement = {
  gates: [GATE],
  needsCloud: true,
  async measure(scratch, { quick, tell, signal }) {
    const awayMs = quick ? 1000 : 10_000;
    const rows: Row[] = [];
    // In turn: a vendor that is away is away for all.
    for (const [event, happens] of Object.entries(quick ? QUICK : EVENTS)) {
      if (signal.aborted) break;
      tell(`durability: ${event}`);
      rows.push(await rowOf(scratch, event, (machine) => happens(scratch, machine, awayMs)));
    }
    return { [GATE.id]: everyProcessGate(rows, awayMs / 1000) };
  },
};

async function rowOf(
  scratch: ScratchTenants,
  event: string,
  happens: (machine: GateMachine) => Promise<void>,
): Promise<Row> {
  const program = { source: SOURCE, args: ["a"] };
  const machine = await scratch.machine({ files: "bucket", index: "libsql", program });
  await untilSaid(scratch, machine, `row a-${LEAST - 1}`);
  await happens(machine);
  const log = await scratch.log(machine);
  const said = (kind: string) => [...log.matchAll(new RegExp(` ${kind} (\\S+)$`, "gm"))].map(([, name = ""]) => name);
  const [files, rows] = [await wholeFiles(scratch, machine), await rowsIn(scratch, machine)];
  const there = { closed: files, synced: files, row: rows };
  const counted = (count: (kind: (typeof KINDS)[number]) => number) =>
    Object.fromEntries(KINDS.map((kind) => [kind, count(kind)])) as Counts;
  await scratch.remove(machine);
  return {
    event,
    acknowledged: counted((kind) => said(kind).length),
    lost: counted((kind) => said(kind).filter((name) => !there[kind].has(name)).length),
  };
}

/** The files of the bucket that hold what they should: their own names. */
async function wholeFiles(scratch: ScratchTenants, machine: GateMachine): Promise<Set<string>> {
  const access = await scratch.access(machine, "read-only");
  const client = await clientFor(access);
  try {
    const { files } = await listBucket(client, access.key.bucket);
    const names = await atOnce([...files.keys()], async (Key) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: access.key.bucket, Key }));
      return (await Body?.transformToString()) === Key ? [Key] : [];
    });
    return new Set(names.flat());
  } finally {
    client.destroy();
  }
}

async function rowsIn(scratch: ScratchTenants, { databaseUrl = "", token = "" }: GateMachine): Promise<Set<string>> {
  const body = sqlBody("select group_concat(name) from load");
  const headers = { "content-type": "application/json" };
  const answer = await scratch.sender.send(
    { method: "POST", url: `${databaseUrl}/v2/pipeline`, headers, body },
    { token },
  );
  return new Set(answer.text.match(/a-\d+/g));
}

/** What the kinds of end have lost. What was closed and not synced may be lost: it is told, and not counted. Pure. */
export function everyProcessGate(rows: readonly Row[], awaySeconds: number): Measured {
  const told = (counts: Counts) => KINDS.map((kind) => String(counts[kind]));
  const untried = rows.filter(({ acknowledged }) => Math.min(acknowledged.synced, acknowledged.row) < LEAST);
  const how = `${rows.length} machines under write load; storage or database away for ${awaySeconds} s: connections to storage break, the database does not answer; files that are closed but not synced may be lost and do not count`;
  const detail = {
    head: ["event", "closed", "synced", "rows", "closed, lost", "synced, lost", "rows, lost"],
    rows: rows.map(({ event, acknowledged, lost }) => [event, ...told(acknowledged), ...told(lost)]),
  };
  if (rows.length === 0 || untried.length > 0)
    return {
      why: `too little was written before: ${untried.map(({ event }) => event).join(", ")}`,
      samples: [],
      how,
      detail,
    };
  const samples = rows.map(({ lost }) => lost.synced + lost.row);
  return { value: samples.reduce((sum, each) => sum + each, 0), samples, how, detail };
}
