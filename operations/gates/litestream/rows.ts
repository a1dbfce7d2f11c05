import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { GateMachine, ScratchTenants } from "../scratch-tenants.ts";
import { untilSaid } from "../until-said.ts";

const SOURCE = readFileSync(join(import.meta.dirname, "rows-app.mjs"), "utf8");

/** What a machine's log says of the rows of its app. */
export interface RowsLog {
  /** When each row was committed, by its number, in milliseconds. */
  readonly committed: ReadonlyMap<number, number>;
  /** What the last start found. */
  readonly found: { readonly count: number; readonly last: number; readonly bytes: number };
  /** How long Litestream took to fetch the file at the last start; undefined: it did not. */
  readonly restoreMs: number | undefined;
}

/**
 * A machine whose app has so many rows in a streamed SQLite file, and writes one more after each pause; 0: none. Nothing is
 * mounted in it.
 */
export function rowsMachine(scratch: ScratchTenants, rows: number, pauseMs: number): Promise<GateMachine> {
  const program = { source: SOURCE, args: [String(rows), String(pauseMs)] };
  return scratch.machine({ files: "volume", index: "streamed", program });
}

/** Starts such a machine once more, on a new disk, and reads what it has said; with milliseconds until its app answered. */
export async function restarted(
  scratch: ScratchTenants,
  machine: GateMachine,
): Promise<RowsLog & { readonly startMs: number }> {
  const began = performance.now();
  await scratch.started(machine);
  const startMs = performance.now() - began;
  // The log may be a moment behind the app's answer.
  const log = rowsLog(await untilSaid(scratch, machine, /\bfound \d[\s\S]*\bfound \d/));
  return { ...log, startMs };
}

/** Reads a machine's log. Pure. */
export function rowsLog(log: string): RowsLog {
  const said = (words: RegExp) =>
    [...log.matchAll(words)].map(([line, ...parts]) => ({
      at: Date.parse(line.split(" ")[0] ?? ""),
      parts: parts.map(Number),
    }));
  const rows = said(/^\S+ .*\brow (\d+)$/gm);
  const [count = 0, last = -1, bytes = 0] = said(/^\S+ .*\bfound (\d+) (-?\d+) (\d+)$/gm).at(-1)?.parts ?? [];
  const [began, ended] = [/^\S+ .*attempting restore before replication.*$/gm, /^\S+ .*restore completed.*$/gm].map(
    (words) => said(words).at(-1)?.at,
  );
  return {
    committed: new Map(rows.map(({ at, parts: [number = -1] }) => [number, at])),
    found: { count, last, bytes },
    restoreMs: began === undefined || ended === undefined || ended < began ? undefined : ended - began,
  };
}
