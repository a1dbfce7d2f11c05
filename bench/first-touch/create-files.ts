// The app of bench/first-touch.ts: `node create-files.ts FOLDERS TTL_MS`, on a machine. Says "ready", waits for the file
// `go` in STATE_DIR, and tells how many milliseconds each pass took.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const [folders = 0, ttlMs = 0] = process.argv.slice(2).map(Number);
const { MOUNT_PATH: mount = "", STATE_DIR: state = "" } = process.env;

function pass(name: string): void {
  const began = performance.now();
  for (let folder = 0; folder < folders; folder += 1) {
    writeFileSync(join(mount, `folder-${folder}`, "inner", name), "x");
  }
  console.log(`${name}: ${Math.round(performance.now() - began)} ms`);
}

console.log("ready");
while (!existsSync(join(state, "go"))) await sleep(20);
pass("first");
pass("second");
await sleep(ttlMs);
pass("afterTtl");
