import { readFileSync } from "node:fs";
import { join } from "node:path";

import { driftSchemaText } from "../../operations/drift/report.ts";
import { planSchemaText } from "../../operations/review/plan-document.ts";
import { rolloutSchemaText } from "../../rollouts/rollout-schema.ts";
import { rolloutPage } from "../examples/rollout-pull-requests.ts";
import { benchmarkPages } from "./benchmark-pages.ts";
import { blindList } from "./blind-list.ts";
import { canaryTables } from "./canary-tables.ts";
import { cliReference } from "./cli-pages.ts";
import { embeddedCloudTables, vendorTables } from "./embedded-cloud-tables.ts";
import { errorRooms } from "./error-rooms.ts";
import { errorTables } from "./error-tables.ts";
import { withGenerated } from "./marked-block.ts";
import { gatesPage } from "./gates-page.ts";
import { policyTable } from "./policy-table.ts";
import { resourceTables } from "./resource-tables.ts";
import { scalePages } from "./scale-page.ts";
import { tenantFileTables } from "./tenant-file-tables.ts";

/** A page with a part that is made from the code, or a file that is made from it as a whole. */
export interface GeneratedPage {
  /** From the project's folder. */
  readonly path: string;
  readonly text: string;
}

/** All pages that are made from the code, as they have to read. */
export async function generatedPages(projectDir: string): Promise<GeneratedPage[]> {
  const page = (path: string, generated: string): GeneratedPage => ({
    path,
    text: withGenerated(readFileSync(join(projectDir, path), "utf8"), generated),
  });
  return [
    page("docs/cli.md", await cliReference()),
    page("docs/going-live.md", canaryTables()),
    page("docs/errors.md", errorTables(await errorRooms(projectDir))),
    page("docs/tenant-file.md", tenantFileTables()),
    page("docs/resources.md", await resourceTables(projectDir)),
    page("docs/policies.md", policyTable()),
    page("docs/drift.md", blindList()),
    page("docs/gates.md", gatesPage(projectDir)),
    ...benchmarkPages(projectDir, page),
    ...scalePages(projectDir, page),
    page("docs/embedded-cloud.md", embeddedCloudTables(await vendorTables(projectDir))),
    { path: "operations/review/plan.schema.json", text: planSchemaText() },
    { path: "docs/examples/rollout.md", text: await rolloutPage() },
    { path: "rollouts/rollout.schema.json", text: rolloutSchemaText() },
    { path: "operations/drift/drift.schema.json", text: driftSchemaText() },
  ];
}
