import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { machineConfig } from "../../components/machine-config.ts";
import { loadFleet } from "../../tenants/load-fleet.ts";

/** `node tests/components/write-goldens.ts`: writes what machine-config.test.ts compares with. Read the diff before you commit it. */
const folder = join(import.meta.dirname, "golden");
mkdirSync(folder, { recursive: true });
for (const tenant of loadFleet(join(import.meta.dirname, "../../tenants"), "local").tenants) {
  const databaseUrl = tenant.database.engine === "none" ? undefined : "libsql://db.example";
  const config = machineConfig(tenant, {
    stack: "local",
    bucket: "tnt-local-x",
    endpoint: "https://s3.example",
    databaseUrl,
  });
  writeFileSync(join(folder, `${tenant.id}.machine.json`), `${JSON.stringify(config, null, 2)}\n`);
}
