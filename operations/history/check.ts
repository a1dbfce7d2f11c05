import { type Entry, hashOf, parseEntry } from "./entry.ts";

/** What is wrong with a log, and where. */
export interface HistoryFault {
  /** Counts from 1. */
  readonly line: number;
  readonly what: string;
}

export interface Checked {
  readonly entries: readonly Entry[];
  readonly faults: readonly HistoryFault[];
  /** Runs that were begun and did not say how they ended: they are under way, or they died. */
  readonly open: readonly Entry[];
  /** The hash of the last line; null for an empty log. A copy kept elsewhere shows whether lines were cut off at the end. */
  readonly head: string | null;
}

/**
 * Checks the chain of a log. Pure.
 *
 * @param known the hash of a line that is known to have been in it
 */
export function checkHistory(lines: readonly string[], known?: string): Checked {
  const faults: HistoryFault[] = [];
  const entries: Entry[] = [];
  // What the line before would have to be called; undefined after one that can't be read.
  let expected = 1;
  for (const [index, text] of lines.entries()) {
    const line = index + 1;
    const entry = parseEntry(text);
    if (entry === undefined) {
      faults.push({ line, what: "is not a valid entry: it was cut off or changed" });
      expected += 1;
      continue;
    }
    const before = lines[index - 1];
    if (entry.line !== expected) faults.push({ line, what: numberFault(entry.line, expected) });
    else if (entry.previous !== (before === undefined ? null : hashOf(before)))
      faults.push({
        line: Math.max(1, line - 1),
        what: `does not match the hash in line ${line}: it was changed or replaced`,
      });
    expected = entry.line + 1;
    entries.push(entry);
  }
  if (known !== undefined && !lines.some((line) => hashOf(line) === known)) {
    faults.push({
      line: lines.length + 1,
      what: "and the lines after it are missing: the log ends before the requested line",
    });
  }
  const ended = new Set(entries.filter(({ kind }) => kind === "ended").map(({ run }) => run));
  const last = lines.at(-1);
  return {
    entries,
    faults,
    open: entries.filter(({ kind, run }) => kind === "begun" && !ended.has(run)),
    head: last === undefined ? null : hashOf(last),
  };
}

function numberFault(found: number, expected: number): string {
  if (found < expected) return `has the number ${found} instead of ${expected}: it was inserted or moved`;
  const missing = found - expected;
  return `has the number ${found}: before it ${missing === 1 ? "1 line is" : `${missing} lines are`} missing`;
}
