import { type Kind, TICKS_A_SECOND } from "./proc.ts";

/** A process as one look at it shows it. */
export interface Seen {
  readonly pid: number;
  readonly started: number;
  /** Undefined: it has ended and does not tell any more. */
  readonly kind: Kind | undefined;
  readonly ticks: number;
  readonly nowKb: number;
  readonly mostKb: number;
}

/** What all processes of a kind took. */
export interface Usage {
  readonly kind: Kind | "too short to be seen";
  readonly cpuSeconds: number;
  /** The most that any one of them had in memory. */
  readonly peakMb: number;
}

interface Entry {
  kind: Kind;
  /** Before the work began. */
  readonly ticksBefore: number;
  ticks: number;
  peakKb: number;
}

/** Adds up what looks at processes show. */
export class Ledger {
  readonly #entries = new Map<string, Entry>();
  readonly #older: ReadonlySet<string>;

  /** @param before those that ran before the work began: what they had taken by then does not count */
  constructor(before: readonly Seen[]) {
    this.#older = new Set(before.map(keyOf));
    for (const { kind, ticks, nowKb, ...seen } of before)
      this.#entries.set(keyOf(seen), { kind: kind ?? "other", ticksBefore: ticks, ticks, peakKb: nowKb });
  }

  see(processes: readonly Seen[]): void {
    for (const seen of processes) {
      const key = keyOf(seen);
      const entry = this.#entries.get(key) ?? { kind: seen.kind ?? "other", ticksBefore: 0, ticks: 0, peakKb: 0 };
      entry.kind = seen.kind ?? entry.kind;
      entry.ticks = seen.ticks;
      // The most that an older one ever had may be of earlier work.
      entry.peakKb = Math.max(entry.peakKb, this.#older.has(key) ? seen.nowKb : seen.mostKb);
      this.#entries.set(key, entry);
    }
  }

  /** By kind, the busiest first. @param ticks of all of them as the kernel counts it, those too short to be seen included */
  usage(ticks: number): Usage[] {
    const byKind = Map.groupBy(this.#entries.values(), ({ kind }) => kind);
    const seen = [...byKind].map(([kind, entries]) => ({
      kind,
      ticks: entries.reduce((sum, each) => sum + each.ticks - each.ticksBefore, 0),
      peakKb: Math.max(...entries.map(({ peakKb }) => peakKb)),
    }));
    const unseen = ticks - seen.reduce((sum, each) => (each.kind === "embedded cloud" ? sum : sum + each.ticks), 0);
    const all = [...seen, { kind: "too short to be seen" as const, ticks: Math.max(0, unseen), peakKb: 0 }];
    return all
      .map((each) => ({
        kind: each.kind,
        cpuSeconds: each.ticks / TICKS_A_SECOND,
        peakMb: Math.round(each.peakKb / 1024),
      }))
      .filter(({ cpuSeconds, peakMb }) => cpuSeconds > 0 || peakMb > 0)
      .sort((one, other) => other.cpuSeconds - one.cpuSeconds);
  }
}

function keyOf({ pid, started }: Pick<Seen, "pid" | "started">): string {
  return `${pid} ${started}`;
}

/** Those of these processes that are descendants of `roots`, the roots included, in any order of their numbers. Pure. */
export function descendants(parents: ReadonlyMap<number, number>, roots: ReadonlySet<number>): Set<number> {
  const found = new Set([...parents.keys()].filter((pid) => roots.has(pid)));
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const [pid, parent] of parents) if (found.has(parent) || roots.has(parent)) found.add(pid);
  }
  return found;
}
