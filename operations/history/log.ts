import type { Tail } from "./entry.ts";

/** The log of one stack: lines are added and never changed. */
export interface HistoryLog {
  /** For people: a path, or `s3://…`. */
  readonly where: string;
  /** Whether the whole team writes there; a file on this computer knows only what was run here. */
  readonly isShared: boolean;
  lines(): Promise<string[]>;
  tail(): Promise<Tail>;
  /** Adds lines after `tail`. False, and nothing is added: somebody else has added lines since. */
  append(tail: Tail, lines: readonly string[]): Promise<boolean>;
}
