import "../../processes/as-a-child.ts";

import { readFileSync, writeSync } from "node:fs";
import { join } from "node:path";

import { serveAnalyzer } from "./analyzer.ts";
import { packOf } from "./pack.ts";

const PORT_DESCRIPTOR = 3;

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")) as {
  version: string;
};
const { port } = await serveAnalyzer({
  name: "tenantry",
  version,
  description: "The policies of tenantry",
  policies: packOf(process.cwd()),
});
// The engine reads the port from the first line; see the launcher `tenantry` beside this file.
writeSync(PORT_DESCRIPTOR, `${port}\n`);
