import { randomBytes } from "node:crypto";

import { shownWords } from "../../output/shown.ts";
import { type Answer, type Attempt, byStatus, type Places, type Scene, type Seen, type Target } from "./attempt.ts";
import { allAttempts } from "./all-attempts.ts";
import { inLanes } from "../engine/lanes.ts";
import type { Kind, Party } from "./party.ts";
import { alone, type Pair, pairsOf, ringOf } from "./pairs.ts";
import { beginning, clearing, planting } from "./planted.ts";
import type { Case, Row, VerifyReport } from "./report.ts";
import type { Sender } from "./sender.ts";

/** So many requests are under way at a time. */
const LANES = 24;
const MOST_CASES = 10;

export interface VerifyParts {
  readonly parties: readonly Party[];
  readonly places: Places;
  readonly sender: Sender;
  readonly seed: string;
  readonly now: () => Date;
  /** Aborted: no further attempt; what was planted is still removed. */
  readonly signal: AbortSignal;
  /** The name of the bucket that a tenant of this id would get. */
  readonly bucketNameOf: (tenant: string) => string;
  readonly tell?: (what: string) => void;
  /** Default: all. */
  readonly attempts?: readonly Attempt[];
}

export type Found = Pick<
  VerifyReport,
  "began" | "seconds" | "seed" | "tenants" | "pairs" | "attempts" | "through" | "unclear" | "rows" | "left"
>;

/** Plants a secret with each tenant, has every credential of every tenant try everything on others, and clears up. */
export async function verify(parts: VerifyParts): Promise<Found> {
  const began = parts.now();
  const run = randomBytes(6).toString("hex");
  const place = { ...parts, run };
  const targets = parts.parties.map((party): Target => ({ ...party, secret: randomBytes(12).toString("hex") }));
  try {
    const planted = await inLanes(targets, LANES, (target) => plant(place, target));
    const outcomes = await tried(place, scenesOf(place, planted));
    const rows = rowsOf(outcomes);
    const left = [...outcomes.flatMap(({ left: name }) => name ?? []), ...(await cleared(place, planted))];
    const count = (wanted: (row: Row) => number) => rows.reduce((sum, row) => sum + wanted(row), 0);
    return {
      began: began.toISOString(),
      seconds: Math.round((parts.now().getTime() - began.getTime()) / 100) / 10,
      seed: parts.seed,
      tenants: parts.parties.map(({ tenant }) => tenant),
      pairs: new Set(outcomes.map(({ scene }) => `${scene.attacker.tenant} ${scene.target.tenant}`)).size,
      attempts: count(({ attempts }) => attempts),
      through: count(({ expected, seen }) => (expected === "refused" ? seen.allowed : 0)),
      unclear: count(({ expected, seen }) => seen.unclear + (expected === "allowed" ? seen.refused : 0)),
      rows,
      left,
    };
  } catch (error) {
    await cleared(place, targets);
    throw error;
  }
}

type Place = VerifyParts & { readonly run: string };

async function plant(place: Place, target: Target): Promise<Target> {
  const { sender } = place;
  for (const [kind, sent] of planting(place, target)) await sender.send(sent, target.credentials[kind]);
  const sent = beginning(place, target);
  if (sent === undefined) return target;
  const { text } = await sender.send(sent, target.credentials.machine);
  return { ...target, uploadId: /<UploadId>([^<]*)/.exec(text)?.[1] };
}

/** Takes away what was planted; answers what is left. */
async function cleared(place: Place, targets: readonly Target[]): Promise<string[]> {
  const left = await inLanes(targets, LANES, async (target) => {
    const failed: string[] = [];
    for (const [kind, sent] of clearing(place, target)) {
      const { status } = await place.sender.send(sent, target.credentials[kind]);
      if (status < 200 || (status >= 300 && status !== 404))
        failed.push(`${target.tenant}: ${sent.method} ${new URL(sent.url).pathname}: ${status}`);
    }
    return failed;
  });
  return left.flat();
}

interface Planned {
  readonly attempt: Attempt;
  readonly who: Kind;
  readonly scene: Scene;
}

function scenesOf(place: Place, all: readonly Target[]): Planned[] {
  const { run, places, seed, bucketNameOf, attempts = allAttempts } = place;
  const named = new Map(all.map((target) => [target.tenant, target]));
  const planned = (attempt: Attempt, who: Kind): Planned[] => {
    const able = all.filter(({ credentials }) => who === "nobody" || credentials[who] !== undefined);
    const ids = able.map(({ tenant }) => tenant);
    const rowSeed = `${seed} ${attempt.id} ${who}`;
    // Nobody is the same nobody for every pair.
    const isAlone = attempt.against !== "other" || who === "nobody";
    const others = attempt.once === true ? ringOf : pairsOf;
    const met = isAlone ? alone(ids, rowSeed).map((tenant): Pair => [tenant, tenant]) : others(ids, rowSeed);
    return met.flatMap(([one, other]) => {
      const [attacker, target] = [named.get(one), named.get(other)];
      if (attacker === undefined || target === undefined) return [];
      const [from, at] = [all.indexOf(attacker), all.indexOf(target)];
      const nextBucket = bucketNameOf(`verify-${run}-${who}-${from}`);
      const as = attacker.credentials[who];
      return [{ attempt, who, scene: { attacker, target, as, places, run, mark: `${who}-${from}-${at}`, nextBucket } }];
    });
  };
  return attempts.flatMap((attempt) => attempt.by.flatMap((who) => planned(attempt, who)));
}

interface Outcome extends Planned {
  readonly seen: Seen;
  readonly said: string;
  /** What was let through and could not be taken back. */
  readonly left?: string | undefined;
}

async function tried(place: Place, planned: readonly Planned[]): Promise<Outcome[]> {
  let done = 0;
  const outcomes = await inLanes(planned, LANES, async (each) => {
    if (place.signal.aborted) return undefined;
    const outcome = await attempted(place, each);
    done += 1;
    if (done % 100 === 0) place.tell?.(`${done} of ${planned.length} attempts`);
    return outcome;
  });
  return outcomes.filter((outcome) => outcome !== undefined);
}

async function attempted({ sender }: Place, planned: Planned): Promise<Outcome | undefined> {
  const { attempt, scene } = planned;
  const sent = attempt.request(scene);
  if (sent === undefined) return undefined;
  const seenIn = (of: Answer) => (attempt.seen ?? byStatus())(of, scene);
  let answer = await sender.send(sent, scene.as);
  // A vendor that is busy or out of reach has said nothing about this attempt yet.
  const isOpen = answer.status === 0 || answer.status === 429 || answer.status >= 500;
  if (isOpen || (attempt.repeatable === true && seenIn(answer) === "unclear"))
    answer = await sender.send(sent, scene.as);
  const seen = seenIn(answer);
  const isThrough = seen === "allowed" && attempt.expected === "refused";
  const undo = isThrough ? attempt.undo?.(scene, answer) : undefined;
  const undone = undo === undefined ? undefined : await sender.send(undo, scene.as);
  const isLeft = undone !== undefined && undone.status >= 300 && undone.status !== 404;
  return {
    ...planned,
    seen,
    said: attempt.said?.(answer) ?? briefly(answer),
    ...(isLeft && undo !== undefined ? { left: `${undo.method} ${new URL(undo.url).pathname}: ${undone.status}` } : {}),
  };
}

/** Of what got through only the status: its body may hold anything. */
function briefly({ status, text }: Answer): string {
  if (status >= 200 && status < 300) return String(status);
  const [, code = ""] = /<Code>([^<]*)<\/Code>/.exec(text) ?? [];
  const line = shownWords((code || text).replaceAll(/\s+/g, " ").trim());
  return `${status} ${line.length > 120 ? `${line.slice(0, 119)}…` : line}`.trim();
}

function rowsOf(outcomes: readonly Outcome[]): Row[] {
  const rows = Map.groupBy(outcomes, ({ attempt, who }) => `${attempt.id} ${who}`);
  return [...rows.values()].flatMap((all) => {
    const [first] = all;
    if (first === undefined) return [];
    const { attempt, who } = first;
    const count = (wanted: Seen) => all.filter(({ seen }) => seen === wanted).length;
    const cases = all
      .filter(({ seen }) => seen !== attempt.expected)
      .slice(0, MOST_CASES)
      .map(({ scene, seen, said }): Case => ({
        attacker: scene.attacker.tenant,
        target: scene.target.tenant,
        seen,
        said,
      }));
    const seen = { refused: count("refused"), allowed: count("allowed"), unclear: count("unclear") };
    const { id, what, expected } = attempt;
    return [{ id, who, what, expected, attempts: all.length, seen, cases }];
  });
}
