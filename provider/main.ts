import "../processes/as-a-child.ts";

import { writeSync } from "node:fs";

import { serveProvider } from "./serve.ts";

const PORT_DESCRIPTOR = 3;

const { port } = await serveProvider(process.argv[2]);
// The engine reads the port from the first line; see pulumi-resource-tenantry.
writeSync(PORT_DESCRIPTOR, `${port}\n`);
