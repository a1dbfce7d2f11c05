import { mkdtempSync, rmSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { quantile } from "../../engine/quantile.ts";
import { seeded } from "../../engine/seeded.ts";
import * as mounted from "../../files/mounted.ts";
import type { Gate, Measured } from "../gate.ts";
import type { Measurement, Scope } from "../measurement.ts";
import { noteFile, writeNote } from "../note-calls.ts";

const GATE: Gate = {
  id: "laptop.reads",
  phase: "4 local access",
  name: "Reads on a laptop's mount",
  question:
    "While the machine writes, how many reads of a read-only mount on this computer fail, or return parts of two versions of a file?",
  unit: "failed or torn reads",
  threshold: 0,
  good: "below",
  cannotTell: "a laptop's own connection. Reads fail when it is lost for long (docs/durability.md).",
};

const FILES = 24;
const WRITERS = 2;
const READERS = 3;
/** Between two looks at a file that was changed. */
const LOOK_MS = 20;
/** Characters of a line of a version, its end included. */
const LINE = 64;

const KINDS = ["list", "stat", "read", "read of a file just changed"] as const;
type Kind = (typeof KINDS)[number];

/** What came of the reads of one kind. */
interface Reads {
  readonly ms: number[];
  /** By what the file system said. */
  readonly failed: string[];
  torn: number;
}

/** A version of a file that the machine has written, and when that was answered. */
interface Change {
  readonly file: string;
  readonly version: number;
  readonly at: number;
}

/** A read-only mount of this computer, by the code of `tenantry mount`, beside a machine that goes on writing. */
export const laptopReadsMeasurement: Measurement = {
  gates: [GATE],
  needsCloud: true,
  async measure(scratch, scope) {
    mounted.refuseWhereNothingMounts(process.platform, scratch.env);
    const machine = await scratch.shared({ files: "bucket", index: "libsql" });
    const access = await scratch.access(machine, "read-only");
    const files = Array.from({ length: FILES }, (_, index) => `mounted-${index}`);
    for (const file of files) await writeNote(machine.url, file, versionOf(file, 0));
    const home = mkdtempSync(join(tmpdir(), "tenantry-mount-"));
    const place = mounted.mountPlace(home, join(home, "files"));
    try {
      await mounted.mount(access, place, { readOnly: true, env: scratch.env });
      const seconds = scope.quick ? 2 : 90;
      return { [GATE.id]: answerOf(await watched(machine.url, place.dir, files, { ...scope, seconds }), seconds) };
    } finally {
      if (mounted.isMounted(place)) await mounted.unmount(place);
      rmSync(home, { recursive: true, force: true });
    }
  },
};

interface Watched {
  readonly reads: Readonly<Record<Kind, Reads>>;
  readonly writes: number;
  /** Seconds until the mount showed a change, of those that were followed. */
  readonly seen: readonly number[];
}

async function watched(
  url: string,
  dir: string,
  files: readonly string[],
  { seconds, signal, tell }: Scope & { readonly seconds: number },
): Promise<Watched> {
  const reads = Object.fromEntries(
    KINDS.map((kind) => [kind, { ms: [], failed: [], torn: 0 }]),
  ) as unknown as Watched["reads"];
  const end = Date.now() + seconds * 1000;
  const goesOn = () => Date.now() < end && !signal.aborted;
  const seen: number[] = [];
  let [latest, writes]: [Change | undefined, number] = [undefined, 0];
  const writer = async (_: unknown, number: number) => {
    // Each has files of its own: the version that an answer tells of is the newest then.
    const own = files.filter((__, index) => index % WRITERS === number);
    const next = seeded(number);
    for (let version = 1; goesOn(); version += 1) {
      const file = own[Math.floor(next() * own.length)] ?? "";
      await writeNote(url, file, versionOf(file, version));
      latest = { file, version, at: performance.now() };
      writes += 1;
      await sleep(50);
    }
  };
  const reader = async (_: unknown, number: number) => {
    const next = seeded(100 + number);
    while (goesOn()) {
      const file = files[Math.floor(next() * files.length)] ?? "";
      const kind = KINDS[Math.floor(next() * 3)] ?? "read";
      await once(reads[kind], () => LOOKS[kind](dir, file, files));
      await sleep(LOOK_MS / 4);
    }
  };
  // Reads what was changed this moment, again and again until it is seen.
  const follower = async () => {
    while (goesOn()) {
      const change = latest;
      latest = undefined;
      if (change === undefined) {
        await sleep(5);
        continue;
      }
      for (let version = -1; version < change.version && goesOn();) {
        await once(reads["read of a file just changed"], async () => {
          const found = await versionIn(dir, change.file);
          version = found ?? version;
          return found !== undefined;
        });
        await sleep(LOOK_MS);
        if (version >= change.version) seen.push((performance.now() - change.at) / 1000);
      }
    }
  };
  tell(`a read-only mount beside a writing machine, ${seconds} s`);
  const [reading, writing] = [Array.from({ length: READERS }, reader), Array.from({ length: WRITERS }, writer)];
  await Promise.all([...reading, ...writing, follower()]);
  return { reads, writes, seen };
}

/** Whether what is read is whole. Each throws what the file system says. */
const LOOKS: Readonly<Record<Kind, (dir: string, file: string, files: readonly string[]) => Promise<boolean>>> = {
  async list(dir, _, files) {
    const names = new Set(await readdir(join(dir, "notes")));
    return files.every((file) => names.has(`${file}.md`));
  },
  stat: async (dir, file) => (await stat(join(dir, noteFile(file)))).size > 0,
  read: async (dir, file) => (await versionIn(dir, file)) !== undefined,
  "read of a file just changed": async (dir, file) => (await versionIn(dir, file)) !== undefined,
};

async function once(reads: Reads, look: () => Promise<boolean>): Promise<void> {
  const began = performance.now();
  try {
    if (!(await look())) reads.torn += 1;
  } catch (error) {
    reads.failed.push((error as NodeJS.ErrnoException).code ?? String(error));
  }
  reads.ms.push(performance.now() - began);
}

async function versionIn(dir: string, file: string): Promise<number | undefined> {
  return wholeVersion(file, await readFile(join(dir, noteFile(file)), "utf8"));
}

/** A text by which its reader knows whether it is whole. Its length changes with the version: up to 5 KB, every fourth file's up to 300 KB. Pure. */
export function versionOf(file: string, version: number): string {
  const isLarge = Number(/\d+$/.exec(file)?.[0]) % 4 === 0;
  const lines = 1 + ((version * 29) % 79) * (isLarge ? 60 : 1);
  return `version ${version} of ${file}\n${`${`${version} of ${file} `.padEnd(LINE - 1, "x")}\n`.repeat(lines)}`;
}

/** The version that a note's file holds; undefined when it is no whole one. Pure. */
export function wholeVersion(file: string, text: string): number | undefined {
  const version = Number(/^version (\d+) of /m.exec(text)?.[1]);
  return text.startsWith("---\n") && text.endsWith(`\n${versionOf(file, version)}`) ? version : undefined;
}

function answerOf({ reads, writes, seen }: Watched, seconds: number): Measured {
  const all = KINDS.map((kind) => reads[kind]);
  const rows = KINDS.map((kind) => {
    const { ms, failed, torn } = reads[kind];
    const said = [...new Set(failed)].sort().join(", ");
    const times = [0.5, 0.95, 1].map((share) => quantile(ms, share).toFixed(1)).join(" / ");
    return [kind, String(ms.length), `${failed.length}${said === "" ? "" : ` (${said})`}`, String(torn), times];
  });
  const late = [0.5, 0.95, 1].map((share) => quantile(seen, share).toFixed(1)).join(" / ");
  const shown =
    seen.length === 0
      ? "no change was seen in that time"
      : `a change was seen after ${late} s (p50 / p95 / max of ${seen.length})`;
  return {
    value: all.reduce((sum, { failed, torn }) => sum + failed.length + torn, 0),
    samples: [],
    how: `${seconds} s, ${FILES} files of up to 300 KB, ${READERS + 1} readers, ${writes} writes by the app at the same time, default settings; ${shown}`,
    detail: { head: ["what", "times", "failed", "not whole", "p50 / p95 / max ms"], rows },
  };
}
