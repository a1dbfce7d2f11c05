import { existsSync, statSync } from "node:fs";
import { join } from "node:path";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { runFile } from "../engine/run-file.ts";
import type { Place as Network } from "../../local/network.ts";
import type { Tell } from "../../output/progress.ts";
import { computerOf, loadNow, versionsOf } from "./conditions.ts";
import { measured } from "./measured.ts";
import { openPlace, type Place } from "./place.ts";
import type { BenchReport, Sample, Unmeasured } from "./report.ts";
import type { OpenSide, Side } from "./side.ts";
import { allSides } from "./sides.ts";
import { isFar, SIDE_IDS, type SideId, type Task, withNeeded } from "./task.ts";
import { counted } from "../../output/counted.ts";

export interface BenchParts {
  readonly projectDir: string;
  /** What of a run is not finished is kept there. */
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  /** The sizes of fleets. */
  readonly tenants: readonly number[];
  readonly rounds: number;
  readonly tasks: readonly Task[];
  readonly sides: readonly SideId[];
  /** Go on with the rounds that an earlier run has not measured. */
  readonly resume: boolean;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  readonly tell: Tell;
}

/** What an unfinished run has measured. */
interface State {
  readonly measuredAt: string;
  /** The load when it began. */
  readonly before: readonly number[];
  /** How long its sittings took until now. */
  readonly seconds: number;
  /** The courses that came to their end, by their names. */
  readonly done: Readonly<Record<string, readonly Sample[]>>;
}

/** A fleet of one size, brought up and taken through some tasks by all sides in turn. */
interface Course {
  readonly tenants: number;
  readonly round: number;
  readonly tasks: readonly Task[];
  readonly network: Network;
}

/** Measures all sides in turn, round after round, each with folders and an embedded cloud of its own. */
export async function runBench(parts: BenchParts): Promise<BenchReport> {
  const { projectDir, env, tenants, rounds, now } = parts;
  const file = runFile<State>(join(parts.home, "bench.run.json"));
  const began = now().getTime();
  const earlier = parts.resume ? file.read() : undefined;
  let state: State = earlier ?? { measuredAt: now().toISOString(), before: loadNow(), seconds: 0, done: {} };
  const before = state.seconds;
  const samples: Sample[] = [];
  const failed: Unmeasured[] = [];
  const courses = coursesOf(parts);
  for (const [index, course] of courses.entries()) {
    const name = nameOf(parts, course);
    const kept = state.done[name];
    const tell: Tell = (what) => parts.tell(`${index + 1} of ${courses.length}: ${what}`);
    const found = kept === undefined ? await took({ ...parts, tell }, course) : { samples: kept, failed: [] };
    samples.push(...found.samples);
    failed.push(...found.failed);
    const seconds = before + Math.round((now().getTime() - began) / 1000);
    state = {
      ...state,
      seconds,
      done: found.failed.length > 0 ? state.done : { ...state.done, [name]: found.samples },
    };
    file.write(state);
  }
  if (failed.length === 0) file.remove();
  return {
    ...{ measuredAt: state.measuredAt, seconds: state.seconds, tenants, rounds },
    machine: computerOf(),
    versions: versionsOf(projectDir, env),
    load: { before: state.before, after: loadNow() },
    samples,
    unmeasured: [...leftOut(parts), ...failed],
  };
}

function coursesOf({ tenants, rounds, tasks }: BenchParts): Course[] {
  const [far = [], here = []] = [true, false].map((is) => withNeeded(tasks).filter((task) => isFar(task) === is));
  const courses: readonly Pick<Course, "tasks" | "network">[] = [
    { tasks: here, network: "none" },
    { tasks: far, network: "same-region" },
  ];
  return tenants.flatMap((size) =>
    Array.from({ length: rounds }, (_, round) => round + 1).flatMap((round) =>
      courses.filter((each) => each.tasks.length > 0).map((each) => ({ ...each, tenants: size, round })),
    ),
  );
}

/** Those who do something in a course, another one first in each round. */
function sidesOf({ sides, ...parts }: BenchParts, { tasks, round }: Course): [SideId, Side][] {
  const all = allSides(parts);
  const taking = SIDE_IDS.filter(
    (id) => sides.includes(id) && all[id].missing() === "" && all[id].does.some((task) => tasks.includes(task)),
  );
  const first = (round - 1) % Math.max(1, taking.length);
  return [...taking.slice(first), ...taking.slice(0, first)].map((id) => [id, all[id]]);
}

/** A side in the middle of a course. */
interface Running {
  readonly id: SideId;
  readonly side: Side;
  readonly place: Place;
  readonly open: OpenSide;
  ids: readonly string[];
  epoch: number;
  /** Why it does nothing any more. */
  failed: string | undefined;
}

/** Takes all sides through a course. What one of them cannot do ends the course for it alone. */
async function took(parts: BenchParts, course: Course): Promise<{ samples: Sample[]; failed: Unmeasured[] }> {
  const running: Running[] = [];
  const samples: Sample[] = [];
  const failed: Unmeasured[] = [];
  const fail = (side: SideId, task: Task, why: string) => failed.push({ side, task, tenants: course.tenants, why });
  try {
    for (const [id, side] of sidesOf(parts, course)) {
      parts.signal.throwIfAborted();
      const begun = await orWhyNot(started(id, side, course), parts.signal);
      if (typeof begun !== "string") running.push(begun);
      else for (const task of course.tasks.filter((each) => side.does.includes(each))) fail(id, task, begun);
    }
    for (const task of course.tasks) {
      for (const one of running.filter(({ side }) => side.does.includes(task))) {
        parts.tell(
          `${counted(course.tenants, "tenant")}, round ${course.round} of ${parts.rounds}: ${task}, ${one.id}`,
        );
        const result = await sampleOf(one, task, course, parts.signal);
        if (typeof result !== "string") samples.push(result);
        else fail(one.id, task, result);
      }
    }
  } finally {
    await Promise.all(running.map(({ place }) => place.dispose()));
  }
  return { samples, failed };
}

async function started(id: SideId, side: Side, { tenants, network }: Course): Promise<Running> {
  const place = await openPlace(side.needsCloud ? network : undefined);
  try {
    const open = await side.open(place);
    const ids = Array.from({ length: tenants }, (_, index) => `tenant-${String(index).padStart(5, "0")}`);
    return { id, side, place, open, ids, epoch: 0, failed: undefined };
  } catch (error) {
    await place.dispose();
    throw error;
  }
}

/** Who is added before a task. */
const ADDED: Readonly<Partial<Record<Task, string>>> = { "plan-one": "one", "add-one": "one", "add-all": "two" };

/** Does one task. Answers why it could not be done. Throws what an interruption leaves. */
async function sampleOf(one: Running, task: Task, course: Course, signal: AbortSignal): Promise<Sample | string> {
  if (one.failed !== undefined) return one.failed;
  const added = ADDED[task];
  one.ids = added === undefined ? one.ids : [...new Set([...one.ids, added])];
  one.epoch += task === "rotate" ? 1 : 0;
  one.open.declare(one.ids, one.epoch);
  const found = await orWhyNot(done(one, task, signal), signal);
  if (typeof found === "string") {
    one.failed = `its ${task} has failed`;
    return found;
  }
  const { tenants, round } = course;
  return { tenants, round, side: one.id, task, stateBytes: sizeOf(one.open.stateFile), ...found };
}

/** Does a task of a fleet that is declared: what it took, and what it asked of the vendors. */
async function done({ place: { cloud }, open, ids }: Running, task: Task, signal: AbortSignal) {
  await cloud?.forgetCalls();
  const found = await measured(open.step(task, ids), cloud?.pid, signal);
  return { ...((await cloud?.calls()) ?? { calls: 0, changes: 0 }), ...found };
}

/** What the work answers, or why it could not be done. Throws what an interruption leaves, and what is no word for people. */
async function orWhyNot<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result | string> {
  try {
    return await work;
  } catch (error) {
    if (signal.aborted || !(error instanceof TenantryError)) throw error;
    return error.message;
  }
}

function sizeOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}

/** Only what was measured in the same way is taken over. */
function nameOf({ sides }: BenchParts, { tenants, round, tasks, network }: Course): string {
  return [tenants, round, network, ...tasks, ...sides].join(" ");
}

/** What only some sides are compared in. */
const FOR_SOME: Readonly<Partial<Record<Task, string>>> = {
  "add-all": "only tenantry leaves the other tenants out by itself",
  "far-up": "only those who make the same calls are compared there",
  "far-drift": "only those who make the same calls are compared there",
};

/** What nobody measures, and why. */
function leftOut({ sides, tasks, ...parts }: BenchParts): Unmeasured[] {
  const all = allSides(parts);
  return SIDE_IDS.filter((id) => sides.includes(id)).flatMap((side) =>
    withNeeded(tasks).flatMap((task) => {
      const reason = all[side].does.includes(task) ? "" : (FOR_SOME[task] ?? all[side].why);
      const why = all[side].missing() || reason;
      return why === "" ? [] : [{ side, task, why }];
    }),
  );
}
