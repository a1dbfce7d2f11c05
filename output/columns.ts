import { stripVTControlCharacters } from "node:util";

import { table } from "./terminal.ts";

/** One column of a table of `Row`s. */
export interface Column<Row> {
  readonly head: string;
  readonly of: (row: Row) => string;
  /** Where the table does not fit, the column with the highest number goes first. Without a number it always stays. */
  readonly goes?: number;
}

const GAP = 2;

/** The columns of the terminal; elsewhere a line may have any length. */
export function terminalWidth(
  stream: { readonly isTTY?: boolean; readonly columns?: number } = process.stdout,
): number {
  return stream.isTTY === true && (stream.columns ?? 0) > 0 ? (stream.columns ?? Infinity) : Infinity;
}

/**
 * A table in at most `width` columns as far as leaving out columns can bring it there; the last line names what was left
 * out. A column that is empty in every row is left out without a word.
 */
export function columnTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number = terminalWidth(),
): string {
  const filled = columns.map((column) => ({ ...column, cells: rows.map((row) => column.of(row)) }));
  const informative = filled.filter(({ cells, goes }) => goes === undefined || cells.some((cell) => cell !== ""));
  const kept = fitting(informative, width);
  const text = table(
    kept.map(({ head }) => head),
    rows.map((_, at) => kept.map(({ cells }) => cells[at] ?? "")),
  );
  const hidden = informative.filter((column) => !kept.includes(column)).map(({ head }) => head);
  return hidden.length === 0 ? text : `${text}\n(--wide also shows: ${hidden.join(", ")})`;
}

interface Filled {
  readonly head: string;
  readonly goes?: number;
  readonly cells: readonly string[];
}

function fitting<Each extends Filled>(columns: readonly Each[], width: number): readonly Each[] {
  const widths = columns.map(({ head, cells }) => Math.max(...[head, ...cells].map(widthOf)));
  const whole = widths.reduce((sum, each) => sum + each + GAP, -GAP);
  const leaving = columns.filter(({ goes }) => goes !== undefined);
  if (whole <= width || leaving.length === 0) return columns;
  const first = leaving.reduce((one, other) => ((other.goes ?? 0) > (one.goes ?? 0) ? other : one));
  return fitting(
    columns.filter((column) => column !== first),
    width,
  );
}

/** Columns that `text` takes on a terminal: colours take none. */
function widthOf(text: string): number {
  return Math.max(...text.split("\n").map((line) => stripVTControlCharacters(line).length));
}
