import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { TenantryError } from "../../../errors/tenantry-error.ts";
import { inLanes } from "../../engine/lanes.ts";
import { gateErrors } from "../errors.ts";
import type { Gate } from "../gate.ts";
import type { GateMachine, ScratchTenants } from "../scratch-tenants.ts";
import type { Measurement, Scope } from "../measurement.ts";
import { scanGate, type Scanned, type Turn } from "../scan-result.ts";
import { withMachine } from "../with-machine.ts";

const GATE: Gate = {
  id: "files.scan",
  phase: "3 production",
  name: "Scan for changed files",
  question: "How much longer does a scan of 1 500 and of 10 000 files take on a mount than on a volume?",
  unit: "x",
  threshold: 1.5,
  good: "below",
  cannotTell:
    "a cold disk at Fly. The volume is a directory of this computer, whose kernel still has the files in memory.",
};

const SCRIPT = readFileSync(join(import.meta.dirname, "scan.mjs"), "utf8");
const IN_A_FOLDER = 100;
const LANES = 32;
const SEEN_LIMIT_MS = 60_000;
const LOOK_MS = 500;

interface Plan {
  readonly sizes: readonly number[];
  readonly rounds: number;
  /** Of the largest. */
  readonly changed: number;
}

const FULL: Plan = { sizes: [1500, 10_000], rounds: 5, changed: 500 };
const QUICK: Plan = { sizes: [200], rounds: 3, changed: 20 };

/** Both machines, on which everything is done in turn. */
interface Pair {
  readonly mount: GateMachine;
  readonly volume: GateMachine;
}

/** Lists and asks for the status of every file, as the sync of Basic Memory does, on a mount and on a volume. */
export const scanMeasurement: Measurement = {
  gates: [GATE],
  needsCloud: true,
  async measure(scratch, scope) {
    const plan = scope.quick ? QUICK : FULL;
    const found: Scanned[] = [];
    await withMachine(scratch, { files: "bucket", index: "sqlite" }, scope, (mount) =>
      withMachine(scratch, { files: "volume", index: "sqlite" }, scope, async (volume) => {
        for (const size of plan.sizes) {
          if (scope.signal.aborted) break;
          found.push(await scannedFiles(scratch, { mount, volume }, size, plan, scope));
        }
      }),
    );
    return { [GATE.id]: scanGate(found, plan.rounds) };
  },
};

async function scannedFiles(
  scratch: ScratchTenants,
  pair: Pair,
  size: number,
  { sizes, rounds, changed }: Plan,
  { tell }: Scope,
): Promise<Scanned> {
  const { mount, volume } = pair;
  tell(`scan: ${size} files`);
  // So that the mount does not hear of each file while they come.
  await Promise.all([scratch.stop(mount), put(scratch, mount, size, 1, 1)]);
  await done(scratch, volume, ["write", folderOf(size), String(size)]);
  await scratch.stop(volume);
  await scratch.started(volume);
  await scratch.started(mount);
  const cold = await inTurn(scratch, pair, "scan", size, 0);
  const warm: Turn[] = [];
  for (let round = 0; round < rounds; round += 1) warm.push(await inTurn(scratch, pair, "scan", size, round));
  const files = { size, cold, warm };
  if (size !== sizes.at(-1)) return files;
  tell(`scan: ${changed} of ${size} files are changed`);
  const every = Math.floor(size / changed);
  await done(scratch, volume, ["write", folderOf(size), String(size), String(every), "22"]);
  const began = performance.now();
  await put(scratch, mount, size, every, 22);
  const putMs = performance.now() - began;
  await seen(scratch, mount, size, changed);
  const seenMs = performance.now() - began - putMs;
  return { ...files, sync: { ...(await inTurn(scratch, pair, "sync", size, 0)), changed, seenMs } };
}

/** On both, one after the other; every other round begins with the other. Throws GATE_CALL_FAILED where a file is missing. */
async function inTurn(
  scratch: ScratchTenants,
  pair: Pair,
  work: "scan" | "sync",
  size: number,
  round: number,
): Promise<Turn> {
  const ms = { mount: NaN, volume: NaN };
  let s3Calls = 0;
  for (const side of round % 2 === 0 ? (["mount", "volume"] as const) : (["volume", "mount"] as const)) {
    const before = side === "mount" ? await callsOf(scratch) : 0;
    const answer = await done(scratch, pair[side], [work, folderOf(size), snapshotOf(size)]);
    if (side === "mount") s3Calls = (await callsOf(scratch)) - before;
    const count = answer.names ?? answer.changed;
    if (work === "scan" && count !== size)
      throw new TenantryError(gateErrors.GATE_CALL_FAILED, `the ${side} shows ${count} of ${size} files`);
    ms[side] = answer.ms ?? NaN;
  }
  return { mountMs: ms.mount, volumeMs: ms.volume, s3Calls };
}

async function callsOf(scratch: ScratchTenants): Promise<number> {
  return [...(await scratch.tigrisCalls()).values()].reduce((sum, count) => sum + count, 0);
}

/** Waits until the mount shows what was changed in the bucket. Throws GATE_CALL_FAILED. */
async function seen(scratch: ScratchTenants, mount: GateMachine, size: number, wanted: number): Promise<void> {
  for (const began = Date.now(); Date.now() - began < SEEN_LIMIT_MS;) {
    const { changed } = await done(scratch, mount, ["look", folderOf(size), snapshotOf(size)]);
    if (changed === wanted) return;
    await sleep(LOOK_MS);
  }
  throw new TenantryError(gateErrors.GATE_CALL_FAILED, `the mount does not show ${wanted} changed files within 60 s`);
}

/** Right into the bucket, spread over folders as the script does it. */
async function put(
  scratch: ScratchTenants,
  { bucket = "" }: GateMachine,
  size: number,
  every: number,
  version: number,
) {
  const numbers = Array.from({ length: Math.floor(size / every) }, (_, index) => index * every);
  await inLanes(numbers, LANES, (n) => {
    const key = `scan-${size}/folder-${Math.floor(n / IN_A_FOLDER)}/inner/${n}.md`;
    return scratch.calls.s3("PUT", `/${bucket}/${key}`, `${n}, version ${version}: ${"zebra quince ".repeat(40)}`);
  });
}

interface Said {
  readonly names?: number;
  readonly changed?: number;
  readonly ms?: number;
}

/** Runs the script in a machine. Throws GATE_CALL_FAILED. */
async function done(scratch: ScratchTenants, machine: GateMachine, words: readonly string[]): Promise<Said> {
  const { code, out } = await scratch.exec(machine, ["node", "--input-type=module", "-", ...words], SCRIPT);
  if (code === 0) return JSON.parse(out.trim().split("\n").at(-1) ?? "{}") as Said;
  throw new TenantryError(gateErrors.GATE_CALL_FAILED, `${words[0] ?? ""} ended with ${code}: ${out.slice(-300)}`);
}

function folderOf(size: number): string {
  return `/app/data/scan-${size}`;
}

/** On the machine's own disk. */
function snapshotOf(size: number): string {
  return `/tmp/scan-${size}.json`;
}
