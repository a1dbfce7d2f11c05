import { readFileSync } from "node:fs";
import { join } from "node:path";

import { asMarkdown } from "../../operations/gates/as-markdown.ts";
import type { GatesReport } from "../../operations/gates/run.ts";

/** The run that is kept in docs/gates.json, in words, beside the one without a network in docs/gates.none.json. */
export function gatesPage(projectDir: string): string {
  const read = (file: string) => JSON.parse(readFileSync(join(projectDir, "docs", file), "utf8")) as GatesReport;
  return asMarkdown(read("gates.json"), [read("gates.none.json")]);
}
