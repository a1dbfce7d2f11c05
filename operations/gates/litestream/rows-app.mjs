// An app with rows in a SQLite file: node rows-app.mjs ROWS PAUSE_MS. It says how many it finds at its start: "found COUNT LAST
// BYTES". Where it finds none it writes so many at once and says "filled"; then one after each pause, if that is not 0, until it
// is told to stop, and says of each when it is committed: "row NUMBER". With HEALTH_PORT it answers there, from then on.
import { createServer } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

const [rows = 0, pauseMs = 0] = process.argv.slice(2).map(Number);
const { DATABASE_FILE = "", HOST, PORT, HEALTH_PORT } = process.env;
const TOGETHER = 1000;
const WORDS = Array.from({ length: 256 }, (_, index) => (index * 7919 + 4711).toString(36));
const WORDS_OF_A_ROW = 200;
const stopping = new AbortController();
process.on("SIGTERM", () => stopping.abort());
process.on("SIGINT", () => stopping.abort());

/** About 1 KB, the same for the same number, which packs about as well as what people write. */
function textOf(number) {
  const words = [];
  for (let count = 0, state = number + 1; count < WORDS_OF_A_ROW; count += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    words.push(WORDS[state >>> 24]);
  }
  return words.join(" ");
}

const database = new DatabaseSync(DATABASE_FILE, { timeout: 5000 });
database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
database.exec("CREATE TABLE IF NOT EXISTS load (number INTEGER PRIMARY KEY, text TEXT)");
const { count, last } = database.prepare("SELECT count(*) AS count, max(number) AS last FROM load").get();
const { page_count: pages } = database.prepare("PRAGMA page_count").get();
const { page_size: size } = database.prepare("PRAGMA page_size").get();
console.log(`found ${count} ${last ?? -1} ${pages * size}`);

const insert = database.prepare("INSERT INTO load (number, text) VALUES (?, ?)");
const write = (number) => insert.run(number, textOf(number));
const isNew = count === 0;
if (isNew && rows > 0) {
  for (let from = 0; from < rows; from += TOGETHER) {
    database.exec("BEGIN");
    for (let number = from; number < Math.min(rows, from + TOGETHER); number += 1) write(number);
    database.exec("COMMIT");
  }
  console.log("filled");
}
const health = createServer((_, answer) => answer.end());
if (HEALTH_PORT !== undefined) health.listen(Number(PORT ?? HEALTH_PORT), HOST);
for (let number = rows; isNew && pauseMs > 0 && !stopping.signal.aborted; number += 1) {
  write(number);
  console.log(`row ${number}`);
  await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
}
if (!stopping.signal.aborted) await new Promise((resolve) => stopping.signal.addEventListener("abort", resolve));
health.close();
health.closeAllConnections();
database.close();
