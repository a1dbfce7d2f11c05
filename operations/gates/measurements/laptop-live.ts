import { setTimeout as sleep } from "node:timers/promises";

import { TenantryError } from "../../../errors/tenantry-error.ts";
import { quantile } from "../../engine/quantile.ts";
import { seeded } from "../../engine/seeded.ts";
import type { Gate, Measured } from "../gate.ts";
import type { GateMachine } from "../scratch-tenants.ts";
import { type Folder, folderFor, keptLive, type LiveFolder } from "../live-folder.ts";
import type { Measurement, Scope } from "../measurement.ts";
import { noteFile, replaceNote, shownNote, writeNote } from "../note-calls.ts";
import { lostIn, type Side, twoSidedEdits } from "../two-sided-edits.ts";

const PHASE = "4 local access";

const LIVE: Gate = {
  id: "laptop.live",
  phase: PHASE,
  name: "Seconds until a change is seen",
  question:
    "With default settings, how long do `live`, `push` and `pull` take to carry a change to the app or back (p95 of the slowest)?",
  unit: "s",
  threshold: 5,
  good: "below",
  cannotTell: "a laptop's own connection, and the time that Tigris takes between regions.",
};
const EDITS: Gate = {
  id: "laptop.edits",
  phase: PHASE,
  name: "Edits on both sides at once",
  question: "How many edits are lost when an app and a folder under `live` change the same few files?",
  unit: "edits lost",
  threshold: 0,
  good: "below",
  cannotTell: "an editor that keeps a file open for long. It overwrites changes that it has not seen.",
};

/** From the end of a change until it is seen: the name of each way, as the table has it. */
const WAYS = ["saved here, read by the app", "written by the app, here", "push, read by the app", "pull"] as const;
type Way = (typeof WAYS)[number];
type Seconds = Readonly<Record<Way, number[]>>;

/** A change that takes longer counts as one that took this long. */
const LIMIT_S = 60;
const LOOK_MS = 20;
const SEED = 4;
const EDITED = ["edited-a", "edited-b", "edited-c"];

/** A folder of this computer beside a machine whose app looks all the time: changes in turn, then edits on both sides at once. */
export const laptopLiveMeasurement: Measurement = {
  gates: [LIVE, EDITS],
  needsCloud: true,
  async measure(scratch, scope) {
    const machine = await scratch.shared({ files: "bucket", index: "libsql" });
    const access = await scratch.access(machine, "read-write");
    const [folder, fresh] = [await folderFor(access), await folderFor(access)];
    const seconds = Object.fromEntries(WAYS.map((way) => [way, [] as number[]])) as unknown as Seconds;
    try {
      const live = keptLive(folder, { seenWithinMs: (access.seenWithin ?? 0) * 1000 });
      const { current, apart } = await withLive(machine, live, seconds, scope);
      await fresh.carry("pull");
      const lost = new Set([folder, fresh].flatMap((side) => lostIn(current, side.texts())));
      await byVerbs(machine, folder, seconds, scope);
      return { [LIVE.id]: timesOf(seconds), [EDITS.id]: editsOf(current, lost, apart, scope) };
    } finally {
      folder.remove();
      fresh.remove();
    }
  },
};

interface Edited {
  readonly current: ReadonlySet<string>;
  /** What `live` says at its end where both sides are not together. */
  readonly apart: string | undefined;
}

async function withLive(machine: GateMachine, live: LiveFolder, seconds: Seconds, scope: Scope): Promise<Edited> {
  let isEnded = false;
  try {
    // The folder for the notes comes with the first of them.
    await writeNote(machine.url, "first", "first");
    await secondsUntil(() => live.text(noteFile("first")) !== "");
    await inTurn(machine, live, seconds, scope);
    const current = await atOnce(machine, live, scope);
    isEnded = true;
    const apart = await live.end().then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof TenantryError) return error.message;
        throw error;
      },
    );
    return { current, apart };
  } finally {
    if (!isEnded) await live.end().catch(() => undefined);
  }
}

/** One change after the other, at any moment between two looks: every second one of a new file. */
async function inTurn({ url }: GateMachine, live: LiveFolder, seconds: Seconds, scope: Scope): Promise<void> {
  const [rounds, random] = [scope.quick ? 1 : 30, seeded(SEED)];
  for (let round = 0; round < rounds && !scope.signal.aborted; round += 1) {
    scope.tell(`live: change ${round + 1} of ${rounds}, each way`);
    const number = Math.floor(round / 2);
    await sleep(random() * 1000);
    live.write(noteFile(`here-${number}`), `here ${round}.`);
    const toApp = await secondsUntil(() => isShown(url, `here-${number}`, `here ${round}.`));
    await sleep(random() * 1000);
    await writeNote(url, `there-${number}`, `there ${round}.`);
    const toFolder = await secondsUntil(() => live.text(noteFile(`there-${number}`)).includes(`there ${round}.`));
    seconds[WAYS[0]].push(toApp);
    seconds[WAYS[1]].push(toFolder);
    if (Math.max(toApp, toFolder) >= LIMIT_S) return;
  }
}

/** Edits of the same files on both sides while `live` goes on. */
async function atOnce({ url }: GateMachine, live: LiveFolder, scope: Scope): Promise<ReadonlySet<string>> {
  const next = seeded(SEED);
  const random = (below: number) => Math.floor(next() * below);
  const edits = twoSidedEdits([inFolder(live), inApp(url)], EDITED, random);
  const count = editsIn(scope);
  for (let done = 0; done < count && !scope.signal.aborted; done += 1) {
    if (done % 20 === 0) scope.tell(`live: edit ${done + 1} of ${count}, both sides`);
    await edits.edit();
    await sleep(random(LONGEST_PAUSE_MS));
  }
  return edits.current;
}

const editsIn = ({ quick }: Scope) => (quick ? 12 : 200);
const LONGEST_PAUSE_MS = 200;

function inFolder(folder: Folder): Side {
  return {
    name: "here",
    // Nothing comes between the look and the write.
    replace(name, text) {
      const seen = folder.text(noteFile(name));
      folder.write(noteFile(name), text);
      return Promise.resolve(seen);
    },
  };
}

function inApp(url: string): Side {
  return {
    name: "there",
    async replace(name, text) {
      const seen = await shownNote(url, name);
      return (await replaceNote(url, name, text, seen)) ? (seen?.text ?? "") : undefined;
    },
  };
}

/** `push` until the app reads it, and `pull` after the app's answer. */
async function byVerbs({ url }: GateMachine, folder: Folder, seconds: Seconds, scope: Scope): Promise<void> {
  const rounds = scope.quick ? 1 : 10;
  for (let round = 0; round < rounds && !scope.signal.aborted; round += 1) {
    scope.tell(`push and pull: ${round + 1} of ${rounds}`);
    folder.write(noteFile("pushed"), `push ${round}.`);
    const began = performance.now();
    await folder.carry("push");
    await secondsUntil(() => isShown(url, "pushed", `push ${round}.`));
    seconds[WAYS[2]].push((performance.now() - began) / 1000);
    await writeNote(url, "pulled", `pull ${round}.`);
    const took = await secondsUntil(async () => {
      await folder.carry("pull");
      return folder.text(noteFile("pulled")).includes(`pull ${round}.`);
    });
    seconds[WAYS[3]].push(took);
  }
}

async function isShown(url: string, name: string, text: string): Promise<boolean> {
  return (await shownNote(url, name))?.text.includes(text) === true;
}

async function secondsUntil(isSeen: () => boolean | Promise<boolean>): Promise<number> {
  const began = performance.now();
  const passed = () => (performance.now() - began) / 1000;
  while (!(await isSeen()) && passed() < LIMIT_S) await sleep(LOOK_MS);
  return passed();
}

function timesOf(seconds: Seconds): Measured {
  const shares = [0.5, 0.95, 1];
  const rows = WAYS.map((way) => [
    way,
    String(seconds[way].length),
    ...shares.map((share) => quantile(seconds[way], share).toFixed(2)),
  ]);
  return {
    value: Math.max(...WAYS.map((way) => quantile(seconds[way], 0.95))),
    samples: WAYS.flatMap((way) => seconds[way]),
    how: `${seconds[WAYS[0]].length} changes each way with \`live\`, ${seconds[WAYS[2]].length} with \`push\` and with \`pull\`, by the AWS SDK; the app asks for the file every ${LOOK_MS} ms`,
    detail: { head: ["way", "changes", "p50 s", "p95 s", "max s"], rows },
  };
}

function editsOf(
  current: ReadonlySet<string>,
  lost: ReadonlySet<string>,
  apart: string | undefined,
  scope: Scope,
): Measured {
  const how = `${editsIn(scope)} edits of ${EDITED.length} notes (seed ${SEED}), ${current.size} of them never knowingly replaced; each of these must be in the folder and in the bucket`;
  if (apart !== undefined && lost.size === 0) return { why: apart, samples: [], how };
  return { value: lost.size, samples: [], how };
}
