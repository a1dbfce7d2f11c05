// `node docs/generate.ts` brings the pages up to date that are made from the code. tests/docs fails while one is stale.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { generatedPages } from "./generator/pages.ts";

const projectDir = join(import.meta.dirname, "..");
for (const { path, text } of await generatedPages(projectDir)) writeFileSync(join(projectDir, path), text);
