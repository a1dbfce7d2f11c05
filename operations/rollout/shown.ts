import { counted } from "../../output/counted.ts";
import { type Column, columnTable } from "../../output/columns.ts";
import { paint } from "../../output/terminal.ts";
import { pinnedIn, type RolloutRecord } from "../../rollouts/record.ts";
import { nextRing } from "./rings.ts";
import type { Phase, RingView } from "../../rollouts/view.ts";
import type { Opened } from "./opened.ts";
import type { Progress } from "./progress.ts";

/** The rings that a rollout would have, with who is left out: for programs. Pure. */
export function ringsDocument({ rollout, view, context }: Opened): object {
  return {
    rollout: rollout.name,
    stack: context.stack,
    change: rollout.change,
    rings: view.rings.map(({ name, tenants }) => ({ name, tenants: tenants.map(({ id }) => id) })),
    leftOut: view.leftOut.map(({ id, as, why }) => ({ tenant: id, as, why })),
    hasIt: view.hasIt,
    notMeant: view.notMeant,
  };
}

/** The same for people. Pure. */
export function ringsText(opened: Opened): string {
  const { rollout, view, context } = opened;
  return [
    `${paint("bold", rollout.name)} in ${context.stack}: ${changeInWords(rollout.change)}`,
    ...view.rings.map(
      ({ name, tenants }) => `  ${name}: ${tenants.length === 0 ? "nobody" : tenants.map(({ id }) => id).join(", ")}`,
    ),
    ...leftOutLines(opened),
  ].join("\n");
}

/** What a rollout has come to: for programs. Pure. */
export function statusDocument(opened: Opened, progress: ReadonlyMap<string, Progress>): object {
  const { record, view, rollout, context } = opened;
  return {
    rollout: rollout.name,
    stack: context.stack,
    change: record?.change ?? rollout.change,
    state: stateOf(opened),
    begun: record?.begun ?? null,
    halted: record?.halted ?? null,
    finished: record?.finished ?? null,
    next: nextRing(view)?.name ?? null,
    rings: view.rings.map(({ name, begun, tenants }) => ({
      name,
      begun: begun?.begun ?? null,
      passed: begun?.passed ?? null,
      found: begun?.found ?? [],
      tenants: tenants.map(({ id, phase }) => ({ tenant: id, ...wordFor(id, phase, record, progress) })),
    })),
    late: view.late,
    leftOut: view.leftOut.map(({ id, as, why }) => ({ tenant: id, as, why })),
    hasIt: view.hasIt,
    notMeant: view.notMeant,
  };
}

/** The same for people. Pure. */
export function statusText(opened: Opened, progress: ReadonlyMap<string, Progress>): string {
  const { record, view, rollout, context } = opened;
  const rows = view.rings.flatMap((ring) =>
    ring.tenants.map(({ id, phase }) => ({
      id,
      ring: ring.name,
      since: ring.begun?.begun ?? "",
      ...wordFor(id, phase, record, progress),
    })),
  );
  return [
    `${paint("bold", rollout.name)} in ${context.stack}, ${stateOf(opened)}: ${changeInWords(record?.change ?? rollout.change)}`,
    columnTable(COLUMNS, rows),
    ...view.rings.map(ringLine),
    ...leftOutLines(opened),
    ...(view.late.length === 0 ? [] : [`wait for a ring of their own: ${view.late.join(", ")}`]),
  ].join("\n");
}

/** `not started`, `under way`, `halted`, `through`, `finished`. Pure. */
export function stateOf({ record, view }: Pick<Opened, "record" | "view">): string {
  if (record === undefined) return "not started";
  if (record.finished !== undefined) return "finished";
  if (record.halted !== undefined) return `halted (${record.halted.reason})`;
  const isThrough =
    nextRing(view) === undefined && view.rings.every(({ begun }) => begun === undefined || begun.passed !== undefined);
  return isThrough ? "through" : "under way";
}

interface Row {
  readonly id: string;
  readonly ring: string;
  readonly since: string;
  readonly is: string;
  readonly words: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { head: "ring", of: ({ ring }) => ring },
  { head: "tenant", of: ({ id }) => id },
  {
    head: "is",
    of: ({ is }) => paint(is === "failed" || is === "edited" ? "red" : is === "runs" ? "green" : "yellow", is),
  },
  { head: "", of: ({ words }) => words, goes: 2 },
  { head: "since", of: ({ since }) => since.slice(0, 16).replace("T", " "), goes: 1 },
];

const PHASE_WORDS: Readonly<Record<Exclude<Phase, "pinned">, string>> = {
  waiting: "its ring has not started",
  "to-pin": "its file is not written yet: run `rollout next`",
  returned: "has its previous value again",
  edited: "its file has changed since",
  gone: "it is no more",
};

function wordFor(
  id: string,
  phase: Phase,
  record: RolloutRecord | undefined,
  progress: ReadonlyMap<string, Progress>,
): { is: string; words: string } {
  if (phase !== "pinned") return { is: phase, words: PHASE_WORDS[phase] };
  const gate = record === undefined ? undefined : pinnedIn(record).get(id)?.failed;
  const told = progress.get(id);
  if (told?.is === "failed" || gate === undefined) return { is: told?.is ?? "pinned", words: told?.words ?? "" };
  return { is: "failed", words: gate };
}

function ringLine({ name, begun, tenants }: RingView): string {
  const count = counted(tenants.length, "tenant");
  if (begun === undefined) return `ring ${name}: ${count}, not begun`;
  const gates =
    begun.passed === undefined
      ? "its gates are open"
      : `through on ${begun.passed.slice(0, 16).replace("T", " ")} (${begun.found.join("; ")})`;
  return `ring ${name}: ${count}, ${gates}`;
}

function leftOutLines({ view }: Opened): string[] {
  return [
    ...view.leftOut.map(({ id, as, why }) => `${as === "own-value" ? "left out" : as}: ${id}, ${why}`),
    ...(view.hasIt.length === 0 ? [] : [`has it without the rollout: ${view.hasIt.join(", ")}`]),
  ];
}

function changeInWords(change: readonly { readonly path: readonly string[]; readonly value?: unknown }[]): string {
  return change
    .map(({ path, value }) => `${path.join(".")} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}
