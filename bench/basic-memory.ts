import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { format } from "prettier";

import { compareTools, withPair } from "../operations/gates/basic-memory/comparison.ts";
import { whyNoBasicMemory } from "../operations/gates/basic-memory/packages.ts";
import { table } from "../operations/gates/as-markdown.ts";
import { answersOf } from "../operations/gates/basic-memory/answers-table.ts";
import { startTurso } from "../tests/local/turso/turso-cloud.ts";

// `node bench/basic-memory.ts`: calls every tool of Basic Memory on a local file and on a libSQL database, and writes the table of
// docs/basic-memory.md.
const why = whyNoBasicMemory();
if (why !== "") throw new Error(why);
const page = join(import.meta.dirname, "../docs/basic-memory.md");
const turso = await startTurso();
try {
  const { Hostname } = await turso.create("memory");
  const url = `http://${Hostname}?authToken=${await turso.mint("memory")}`;
  const found = table(answersOf(await withPair(url, (pair) => compareTools(pair))));
  const text = readFileSync(page, "utf8").replace(/\n\| tool [^]*?\n(?!\|)/, () => `\n${found}\n`);
  writeFileSync(page, await format(text, { parser: "markdown", printWidth: 120 }));
} finally {
  await turso.dispose();
}
