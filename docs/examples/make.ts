// `node docs/examples/make.ts` writes what four pull requests get as comments, each through .github/workflows/plan.yml, on an embedded
// cloud of its own, with a bare repository and a stand-in for GitHub's API. tests/github fails while a page is stale.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { startCloud } from "../../tests/support/cloud.ts";
import { teamForge } from "../../tests/support/forge/team-forge.ts";
import { examplesOf, founded } from "./pull-requests.ts";

const cloud = await startCloud();
const forge = await teamForge(cloud);
try {
  await founded(forge);
  for (const { page, text } of await examplesOf(forge)) writeFileSync(join(import.meta.dirname, page), text);
} finally {
  await forge.dispose();
  await cloud.dispose();
}
