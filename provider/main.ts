import "../processes/as-a-child.ts";
import "../processes/zod-in-english.ts";

import { writeSync } from "node:fs";

const PORT_DESCRIPTOR = 3;

const { serveProvider } = await import("./serve.ts");
const { port } = await serveProvider(process.argv[2]);
// The engine reads the port from the first line; see pulumi-resource-tenantry.
writeSync(PORT_DESCRIPTOR, `${port}\n`);
