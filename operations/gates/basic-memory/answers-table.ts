import type { Table } from "../gate.ts";
import type { Compared } from "./comparison.ts";

/** Each call with its answer on a local file, and whether the database's is the same. Pure. */
export function answersOf(compared: readonly Compared[]): Table {
  return {
    head: ["tool", "call", "local file", "libSQL"],
    rows: compared.map(({ tool, as, local, libsql }) => [
      tool,
      as,
      brief(local),
      local === libsql ? "the same" : brief(libsql),
    ]),
  };
}

/** The beginning of an answer, on one line, without what Markdown would read. */
function brief(text: string): string {
  const line = text.replaceAll(/[\s*#`\\[\]<>{}|"_~-]+/g, " ").trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
