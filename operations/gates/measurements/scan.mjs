// node - WORK FOLDER …: what a sync does to the files below a folder. Prints one line of JSON.
//   write FOLDER COUNT [EVERY VERSION]  writes the files, or each so manyth of them anew
//   scan FOLDER SNAPSHOT                lists every folder and asks for every file's status; keeps what it saw in a file
//   look FOLDER SNAPSHOT                the same, and says how many differ from what was kept
//   sync FOLDER SNAPSHOT                the same, and reads and hashes those that differ
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const [, , work, folder, ...more] = process.argv;
/** As Basic Memory's `sync_max_concurrent_files`. */
const READERS = 10;
const IN_A_FOLDER = 100;

function write([count, every = "1", version = "1"]) {
  for (let n = 0; n < Number(count); n += Number(every)) {
    const file = join(folder, `folder-${Math.floor(n / IN_A_FOLDER)}`, "inner", `${n}.md`);
    fs.mkdirSync(dirname(file), { recursive: true });
    fs.writeFileSync(file, `${n}, version ${version}: ${"zebra quince ".repeat(40)}`);
  }
  return {};
}

function scanned() {
  const found = new Map();
  const open = [folder];
  for (let dir = open.pop(); dir !== undefined; dir = open.pop()) {
    for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) open.push(path);
      else {
        const { size, mtimeMs } = fs.statSync(path);
        found.set(path, `${size} ${mtimeMs}`);
      }
    }
  }
  return found;
}

function scan([snapshot]) {
  const [found, ms] = timed(scanned);
  fs.writeFileSync(snapshot, JSON.stringify([...found]));
  return { names: found.size, ms };
}

function differing(snapshot) {
  const kept = new Map(JSON.parse(fs.readFileSync(snapshot, "utf8")));
  return [...scanned()].filter(([path, stamp]) => kept.get(path) !== stamp).map(([path]) => path);
}

function look([snapshot]) {
  return { changed: differing(snapshot).length };
}

async function sync([snapshot]) {
  const began = performance.now();
  const changed = differing(snapshot);
  const left = changed.values();
  const sums = [];
  const reader = async () => {
    for (const path of left)
      sums.push(
        createHash("sha256")
          .update(await readFile(path))
          .digest("hex"),
      );
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  return { changed: new Set(sums).size, ms: performance.now() - began };
}

function timed(what) {
  const began = performance.now();
  const result = what();
  return [result, performance.now() - began];
}

console.log(JSON.stringify(await { write, scan, look, sync }[work](more)));
