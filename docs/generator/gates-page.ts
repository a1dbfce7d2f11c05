import { readFileSync } from "node:fs";
import { join } from "node:path";

import { asMarkdown } from "../../operations/gates/as-markdown.ts";
import type { GatesReport } from "../../operations/gates/run.ts";

/** The run that is kept in docs/gates.json, in words. */
export function gatesPage(projectDir: string): string {
  return asMarkdown(JSON.parse(readFileSync(join(projectDir, "docs/gates.json"), "utf8")) as GatesReport);
}
