// `node docs/generate.ts` brings the pages up to date that are made from the code. tests/docs fails while one is stale.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { generatedPages } from "./generator/pages.ts";

const projectDir = join(import.meta.dirname, "..");
for (const { path, text } of await generatedPages(projectDir)) {
  mkdirSync(dirname(join(projectDir, path)), { recursive: true });
  writeFileSync(join(projectDir, path), text);
}
