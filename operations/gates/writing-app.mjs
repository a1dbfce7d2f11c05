// An app under writing load: node writing-app.mjs RUN. Until it is told to stop it writes files that it only closes, files that
// it syncs, and rows; and says of each when it has been told that it is written: "closed NAME", "synced NAME", "row NAME".
// With HEALTH_PORT it answers there, as long as it runs.
import { closeSync, fsyncSync, openSync, writeFileSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

import { createClient } from "@libsql/client";

const [run = ""] = process.argv.slice(2);
const { MOUNT_PATH = "", LIBSQL_URL = "", DATABASE_AUTH_TOKEN = "", HOST, PORT, HEALTH_PORT } = process.env;
const CLOSED_FOR_EACH_SYNCED = 5;
const database = createClient({ url: LIBSQL_URL, authToken: DATABASE_AUTH_TOKEN });
const stopping = new AbortController();
process.on("SIGTERM", () => stopping.abort());
const health = createServer((_, answer) => answer.end());
if (HEALTH_PORT !== undefined) health.listen(Number(PORT ?? HEALTH_PORT), HOST);
await database.execute("CREATE TABLE IF NOT EXISTS load (name TEXT PRIMARY KEY)");

function synced(name) {
  const file = openSync(join(MOUNT_PATH, name), "w");
  try {
    writeSync(file, name);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

for (let n = 0; !stopping.signal.aborted; n += 1) {
  try {
    for (let m = 0; m < CLOSED_FOR_EACH_SYNCED; m += 1) {
      writeFileSync(join(MOUNT_PATH, `closed-${run}-${n}-${m}`), `closed-${run}-${n}-${m}`);
      console.log(`closed closed-${run}-${n}-${m}`);
    }
    synced(`synced-${run}-${n}`);
    console.log(`synced synced-${run}-${n}`);
    await database.execute({ sql: "INSERT INTO load (name) VALUES (?)", args: [`${run}-${n}`] });
    console.log(`row ${run}-${n}`);
  } catch {
    // Not acknowledged: whether it is there is open.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
health.close();
health.closeAllConnections();
database.close();
