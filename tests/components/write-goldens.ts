import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { machineConfig } from "../../components/machine-config.ts";
import { s3Policy } from "../../components/storage/aws-policy.ts";
import { attachmentOf } from "./attachments.ts";
import { loadFleet } from "../../tenants/load-fleet.ts";

/** `node tests/components/write-goldens.ts`: writes what the tests of the components compare with. Read the diff before you commit it. */
const folder = join(import.meta.dirname, "golden");
mkdirSync(folder, { recursive: true });
for (const tenant of loadFleet(join(import.meta.dirname, "../../tenants"), "local").tenants) {
  const databaseUrl = tenant.database.engine === "none" ? undefined : "libsql://db.example";
  const config = machineConfig(tenant, {
    stack: "local",
    attachment: attachmentOf(tenant),
    databaseUrl,
  });
  writeFileSync(join(folder, `${tenant.id}.machine.json`), `${JSON.stringify(config, null, 2)}\n`);
}
for (const mode of ["read-only", "read-write"] as const) {
  const policy = s3Policy("acme-prod-acme", mode);
  writeFileSync(join(folder, `s3-policy.${mode}.json`), `${JSON.stringify(policy, null, 2)}\n`);
}
