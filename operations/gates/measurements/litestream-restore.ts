import { setTimeout as sleep } from "node:timers/promises";

import { TenantryError } from "../../../errors/tenantry-error.ts";
import { gateErrors } from "../errors.ts";
import type { Gate, Measured } from "../gate.ts";
import { COPIES } from "../litestream/command.ts";
import { withLitestream } from "../litestream/program.ts";
import { restarted, rowsMachine } from "../litestream/rows.ts";
import type { Measurement } from "../measurement.ts";
import type { ScratchTenants } from "../scratch-tenants.ts";

const GATE: Gate = {
  id: "backends.litestream-restore",
  phase: "all",
  name: "Restore of a streamed SQLite file",
  question: "How long does Litestream take to restore the largest of these files before the app of a machine starts?",
  unit: "s",
  good: "below",
  isAlternative: true,
  cannotTell:
    "Tigris' real bandwidth to a machine at Fly, and the speed of the machine's disk. Here the file is in memory.",
};

const SIZES = [1000, 10_000, 100_000];
const QUICK_SIZES = [200];
const WAIT_MS = 60_000;

/** What was restored, and how long that took. */
export interface Restored {
  readonly rows: number;
  /** Of the SQLite file. */
  readonly bytes: number;
  /** Of the copies that the bucket holds. */
  readonly copies: { readonly objects: number; readonly bytes: number };
  readonly restoreMs: number;
  /** From the call that starts the machine to the app's first answer. */
  readonly startMs: number;
}

/** Machines with more and more rows, each stopped and started once: its disk is new, and all comes from the bucket. */
export const litestreamRestoreMeasurement: Measurement = {
  gates: [GATE],
  needsCloud: true,
  measure: (scratch, { quick, tell, signal }) =>
    withLitestream(scratch, [GATE], async (version) => {
      const restored: Restored[] = [];
      for (const rows of quick ? QUICK_SIZES : SIZES) {
        if (signal.aborted) break;
        tell(`Litestream: restore of ${rows} rows`);
        restored.push(await restoredOf(scratch, rows));
      }
      return { [GATE.id]: restoreGate(restored, `rows of 1 KB, an app that is stopped and started again; ${version}`) };
    }),
};

async function restoredOf(scratch: ScratchTenants, rows: number): Promise<Restored> {
  const machine = await rowsMachine(scratch, rows, 0);
  // Stopped before it has looked at the file once, Litestream would copy nothing.
  await untilCopied(scratch, machine.bucket ?? "");
  await scratch.stop(machine);
  await scratch.ended(machine);
  const copies = await copiesIn(scratch, machine.bucket ?? "");
  const { found, restoreMs, startMs } = await restarted(scratch, machine);
  await scratch.remove(machine);
  if (found.count !== rows || restoreMs === undefined) {
    const what = `Litestream has restored ${found.count} of ${rows} rows of a machine that was stopped`;
    throw new TenantryError(gateErrors.GATE_APP_FAILED, what);
  }
  return { rows, bytes: found.bytes, copies, restoreMs, startMs };
}

async function untilCopied(scratch: ScratchTenants, bucket: string): Promise<void> {
  for (const began = Date.now(); Date.now() - began < WAIT_MS;) {
    if ((await copiesIn(scratch, bucket)).objects > 0) return;
    await sleep(200);
  }
  throw new TenantryError(gateErrors.GATE_APP_FAILED, `Litestream has copied nothing to ${bucket}`);
}

async function copiesIn(scratch: ScratchTenants, bucket: string): Promise<Restored["copies"]> {
  const { text } = await scratch.calls.s3("GET", `/${bucket}?list-type=2&prefix=${COPIES}/`);
  const sizes = [...text.matchAll(/<Size>(\d+)<\/Size>/g)].map(([, size]) => Number(size));
  return { objects: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/** Seconds, of the largest that was restored. Pure. */
export function restoreGate(restored: readonly Restored[], how: string): Measured {
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  const samples = restored.map(({ restoreMs }) => restoreMs / 1000);
  return {
    value: samples.at(-1),
    samples,
    how,
    detail: {
      head: ["rows", "SQLite file", "copies in the bucket", "restore", "start to first answer"],
      rows: restored.map(({ rows, bytes, copies, restoreMs, startMs }) => [
        String(rows),
        mb(bytes),
        `${copies.objects} objects, ${mb(copies.bytes)}`,
        seconds(restoreMs),
        seconds(startMs),
      ]),
    },
  };
}
