import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { TenantryError } from "../../../errors/tenantry-error.ts";
import { gateErrors } from "../errors.ts";
import { CALLS, CHANGING, type ToolCall } from "./calls.ts";
import type { ToolAnswer } from "./mcp.ts";
import { type MemoryServer, startMemory } from "./server.ts";

/** Two servers: one with its index in a local file, one in the tenant's database. */
export interface Pair {
  readonly local: MemoryServer;
  readonly libsql: MemoryServer;
}
type Side = keyof Pair;
const SIDES: readonly Side[] = ["local", "libsql"];

/** Starts both, has them work, and ends them. @param databaseUrl of an empty database, with its token */
export async function withPair<Result>(databaseUrl: string, work: (pair: Pair) => Promise<Result>): Promise<Result> {
  const [local, libsql] = await Promise.allSettled([startMemory(), startMemory(databaseUrl)]);
  const started = [local, libsql].flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  try {
    for (const each of [local, libsql]) if (each.status === "rejected") throw each.reason;
    const [one, other] = started as [MemoryServer, MemoryServer];
    await Promise.all(started.map((each) => each.quiet()));
    return await work({ local: one, libsql: other });
  } finally {
    await Promise.all(started.map((each) => each.stop()));
  }
}

/** One call on both sides, as it is compared. */
export interface Compared extends Pick<ToolCall, "tool" | "as"> {
  readonly local: string;
  readonly libsql: string;
}

/** Makes the same calls on both sides, one after the other. */
export async function compareTools(pair: Pair, calls: readonly ToolCall[] = CALLS): Promise<Compared[]> {
  const rows: Compared[] = [];
  for (const { tool, as, args } of calls) {
    const answers = { local: "", libsql: "" };
    for (const side of SIDES) {
      const server = pair[side];
      answers[side] = normalised(await server.ask(tool, placed(args, server.notes)), server.notes);
      if (CHANGING.includes(tool)) await server.quiet();
    }
    rows.push({ tool, as, ...answers });
  }
  return rows;
}

function placed(args: ToolCall["args"], notes: string): Record<string, unknown> {
  const filled = (value: unknown) => (typeof value === "string" ? value.replaceAll("{notes}", notes) : value);
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, filled(value)]));
}

const VARYING: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "{id}"],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?/g, "{time}"],
  [/\b\d+ (?:second|minute)s? ago\b/g, "{time} ago"],
];

/** An answer without what differs from one server to the next: ids, times and the folder. Pure. */
export function normalised({ text, isError }: ToolAnswer, notes: string): string {
  const anywhere = text.replaceAll(notes, "{notes}").replaceAll(join(notes, ".."), "{disk}");
  const same = VARYING.reduce((before, [pattern, by]) => before.replaceAll(pattern, by), anywhere);
  return isError ? `error: ${same}` : same;
}

/** Milliseconds of each kind of work on both sides. */
export class Times {
  readonly #all = new Map<string, Record<Side, number[]>>();

  note(name: string, side: Side, ms: number): void {
    const known = this.#all.get(name) ?? { local: [], libsql: [] };
    known[side].push(ms);
    this.#all.set(name, known);
  }

  entries(): readonly (readonly [name: string, ms: Readonly<Record<Side, readonly number[]>>])[] {
    return [...this.#all];
  }
}

/** Takes the time until each of these calls is answered, on both sides in turn. Throws when one fails. */
export async function timeCalls(pair: Pair, calls: readonly ToolCall[], round: number, times: Times): Promise<void> {
  for (const side of inTurn(round)) {
    const server = pair[side];
    for (const { tool, args } of calls) {
      times.note(tool, side, await timed(pair, side, tool, placed(args, server.notes)));
      if (CHANGING.includes(tool)) await server.quiet();
    }
  }
}

const SYNC_LIMIT_MS = 120_000;

/** Files that another program wrote become a project: the time until all are indexed and a search finds each. */
export async function timeSync(pair: Pair, count: number, round: number, times: Times): Promise<void> {
  const project = `swallows-${round}`;
  for (const side of inTurn(round)) {
    const server = pair[side];
    const folder = `${server.notes}-${project}`;
    mkdirSync(folder);
    for (let index = 0; index < count; index += 1)
      writeFileSync(
        join(folder, `${index}.md`),
        `# Swallow ${index}\n\n- [seen] Number ${index} #air\n- flies_with [[0]]\n`,
      );
    const began = performance.now();
    await timed(pair, side, "create_memory_project", { project_name: project, project_path: folder });
    for (;;) {
      const indexed = await found(server, project);
      if (indexed >= count) break;
      if (performance.now() - began > SYNC_LIMIT_MS)
        throw failed(`a search finds ${indexed} of ${count} files`, side, server.log().slice(-500));
      await sleep(20);
    }
    times.note(`sync of ${count} files`, side, performance.now() - began);
    await server.quiet();
  }
}

async function found(server: MemoryServer, project: string): Promise<number> {
  const { text } = await server.ask("search_notes", { query: "swallow", project, page_size: 1, output_format: "json" });
  return (JSON.parse(text) as { total: number }).total;
}

async function timed(pair: Pair, side: Side, tool: string, args: Record<string, unknown>): Promise<number> {
  const began = performance.now();
  const { text, isError } = await pair[side].ask(tool, args);
  const ms = performance.now() - began;
  if (isError) throw failed(tool, side, text);
  return ms;
}

function failed(what: string, side: Side, text: string): TenantryError {
  return new TenantryError(gateErrors.GATE_APP_FAILED, `Basic Memory, ${side}: ${what}: ${text.slice(0, 500)}`);
}

/** Each round begins with the other side. */
function inTurn(round: number): readonly Side[] {
  return round % 2 === 0 ? SIDES : SIDES.toReversed();
}
