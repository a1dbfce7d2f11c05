import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";

import type { TenantFile } from "../../tenants/model/tenant-file.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { physicalNames } from "../../tenants/physical-name.ts";
import { type Registration, registrationsOf } from "../faults/registrations.ts";
import { existing } from "./existing.ts";
import { differing, type Known, without, wrongAtRest, wrongNow } from "./invariants.ts";
import { MUTANTS, type MutantName } from "./mutants.ts";
import type { Arrival } from "./network.ts";
import { OtherApp } from "./other-app.ts";
import { DEEDS } from "./outsiders.ts";
import { BEGINNING, edited, ID, type Move, OBJECT, tenantsOf } from "./scenario.ts";
import { playSnapshot } from "./snapshot-step.ts";
import { type Declared, type Said, settingsOf, Team } from "./team.ts";
import { storedObject } from "./vendors/tigris.ts";
import type { VirtualTime } from "./virtual-time.ts";
import { ENDPOINTS, withoutStrays, World } from "./world.ts";

/** How a simulation ended. */
export interface Outcome {
  readonly seed: number;
  /** Undefined: all invariants held after each step. */
  readonly wrong: { readonly move: number; readonly what: string; readonly arrivals: readonly Arrival[] } | undefined;
  /** Runs, disturbed or calm. */
  readonly steps: number;
  /** Virtual time that went by, without the days that were leapt over. */
  readonly hours: number;
  readonly calls: number;
  /** A digest of each state that was come to. */
  readonly states: readonly string[];
}

/** What all simulations of a process share. */
export interface Ground {
  readonly time: VirtualTime;
  /** Sends the calls of the teams of this world to its vendors. */
  enter(world: World): void;
}

const TEAMS = { own: "a", rival: "b" } as const;
const START = Date.parse("2026-01-05T09:00:00Z");
const DAY_MS = 86_400_000;
/** Milliseconds after which nothing is on its way any more, and every lease has ended. */
const REST_MS = 600_000;

const registered = new Map<string, Promise<readonly Registration[]>>();

/** These tenants in a team's stack, with what the program registers for them. */
async function declared(team: string, tenants: readonly Tenant[]): Promise<Declared> {
  const key = JSON.stringify([team, tenants]);
  const place = { settings: settingsOf(team), machineEndpoint: ENDPOINTS.tigris.endpoint };
  const found = registered.get(key) ?? registrationsOf(tenants, place);
  registered.set(key, found);
  return { tenants, registrations: await found };
}

const fresh = new Map<string, Promise<unknown>>();

/** What exists where a stack of these tenants was made so at once. */
function madeAtOnce(ground: Ground, file: TenantFile, hasNeighbour: boolean, hasData: boolean): Promise<unknown> {
  const tenants = tenantsOf(file, hasNeighbour);
  const key = JSON.stringify([tenants, hasData]);
  const make = async () => {
    const now = ground.time.now();
    ground.time.set(START);
    const world = new World(1, ground.time);
    ground.enter(world);
    const team = new Team(world, TEAMS.own, undefined);
    const said = await ground.time.until(team.up(await declared(TEAMS.own, tenants), { refresh: false }), team.limitMs);
    if (said === undefined || said.errors.length > 0)
      throw new Error(`a fresh stack fails: ${said?.errors.join("; ") ?? ""}`);
    if (hasData) writeData(world);
    await ground.time.pass(REST_MS);
    lookAtMachines(world);
    ground.time.set(now);
    return existing(world.tables);
  };
  const found = fresh.get(key) ?? make();
  fresh.set(key, found);
  return found;
}

/** What apps do: they write. */
function writeData({ tables: { storage, turso, fly } }: World): void {
  for (const bucket of storage.buckets.values()) bucket.objects.set(OBJECT.key, storedObject(OBJECT.content, 0));
  for (const database of turso.databases.values()) database.rows = 1;
  for (const { volumes } of fly.apps.values()) for (const volume of volumes.values()) volume.holds = true;
}

/** A machine settles when it is looked at. */
function lookAtMachines(world: World): void {
  for (const name of world.tables.fly.apps.keys())
    world.asOutsider("fly", { method: "GET", path: `/v1/apps/${name}/machines` });
}

/** Plays the moves of a seed. */
export async function simulate(
  ground: Ground,
  seed: number,
  moves: readonly Move[],
  mutant: MutantName | undefined,
): Promise<Outcome> {
  const play = new Play(ground, seed, mutant);
  for (const [at, move] of moves.entries()) {
    const what = await play.make(move).catch((error: unknown) => `it does not come to an end: ${String(error)}`);
    if (play.isOver) break;
    if (what !== undefined) return play.outcome({ move: at, what, arrivals: play.world.network.arrivals.slice(-120) });
  }
  return play.outcome(undefined);
}

class Play {
  readonly world: World;
  readonly #ground: Ground;
  readonly #seed: number;
  readonly #own: Team;
  readonly #rival: Team;
  readonly #hasNeighbour: boolean;
  readonly #given = { volumes: false, all: false };
  readonly #known: Known;
  readonly #states: string[] = [];
  #file = BEGINNING;
  /** Only people can go on from here. */
  isOver = false;
  #hasRival = false;
  #isFenceDoubtful = false;
  /** Where ours was. */
  #other: OtherApp | undefined;
  #hasData = false;
  #leaptMs = 0;
  #steps = 0;

  constructor(ground: Ground, seed: number, mutant: MutantName | undefined) {
    this.#ground = ground;
    this.#seed = seed;
    ground.time.set(START);
    this.world = new World(seed, ground.time);
    this.#own = new Team(this.world, TEAMS.own, mutant && MUTANTS[mutant]);
    this.#rival = new Team(this.world, TEAMS.rival, mutant && MUTANTS[mutant]);
    this.#hasNeighbour = seed % 3 === 0;
    const isDeclared = (what: string) => this.#given.all || (this.#given.volumes && what.startsWith("volume "));
    this.#known = { owners: new Map(), isDeclared };
  }

  /** Undefined: all is well. */
  async make(move: Move): Promise<string | undefined> {
    const before = this.#file;
    this.#file = edited(before, move.edit);
    if (move.edit.kind === "age") this.#leap(100 * DAY_MS);
    if (move.edit.kind === "drop the volume") this.#given.volumes = true;
    if (move.edit.kind === "purge" && this.#file.state === "purged") this.#given.all = true;
    if (move.rival) this.#hasRival = true;
    // Before the time of the simulation, which registering things has no part in.
    const [own, others] = [
      await declared(TEAMS.own, tenantsOf(this.#file, this.#hasNeighbour)),
      await declared(TEAMS.rival, tenantsOf(BEGINNING, false)),
    ];
    const expected = await madeAtOnce(this.#ground, this.#file, this.#hasNeighbour, this.#hasData);
    this.#ground.enter(this.world);
    const torn = move.cut && (await this.#snapshot(move, before, move.cut));
    if (torn !== undefined) return torn;
    if (move.isAppTaken === true) this.#other = OtherApp.inPlaceOf(this.world, this.#names.app);
    for (let attempt = 1; attempt <= move.tries; attempt += 1) {
      const wrong = await this.#disturbed(move, own, others, attempt === 1);
      if (wrong !== undefined) return wrong;
    }
    const taken = await this.#meetOther(own);
    return taken ?? this.#calm(move, own, others, expected);
  }

  /** A run in fair weather leaves another team's app alone, and says why the tenant is not as it is declared. */
  async #meetOther(own: Declared): Promise<string | undefined> {
    if (this.#other === undefined) return undefined;
    const { time } = this.#ground;
    this.world.network.trouble = 0;
    await time.pass(REST_MS);
    const said = await time.until(this.#own.up(own, { refresh: true }), this.#own.limitMs);
    await time.pass(REST_MS);
    const wrong = this.#look([said]);
    if (wrong !== undefined) return wrong;
    const isWanted = own.registrations.some(({ type, name }) => type === "tenantry:fly:App" && name === ID);
    if (isWanted && said?.errors.some((error) => /FLY_(?:OTHER|NAME_TAKEN)/.test(error)) !== true)
      return `nobody is told that another team has the app: ${said?.errors.join("; ") ?? ""}`;
    this.#other.giveUp();
    this.#other = undefined;
    return undefined;
  }

  get #names(): ReturnType<typeof physicalNames> {
    return physicalNames({ ...this.#own.settings, stack: "local", tenant: ID });
  }

  outcome(wrong: Outcome["wrong"]): Outcome {
    const hours = (this.#ground.time.now() - START - this.#leaptMs) / 3_600_000;
    return {
      seed: this.#seed,
      wrong,
      steps: this.#steps,
      hours,
      calls: this.world.network.count,
      states: this.#states,
    };
  }

  #leap(ms: number): void {
    this.#leaptMs += ms;
    this.#ground.time.set(this.#ground.time.now() + ms);
  }

  /** What a snapshot that was disturbed has left up, or what comes late, the next refresh sees. */
  async #snapshot(move: Move, file: TenantFile, wish: NonNullable<Move["cut"]>): Promise<string | undefined> {
    const [tenant] = tenantsOf(file, false);
    if (tenant === undefined) return undefined;
    this.#isFenceDoubtful = move.trouble > 0 || wish.kill !== undefined;
    const { world } = this;
    const scene = { world, time: this.#ground.time, team: this.#own, tenant, restMs: REST_MS };
    return (await playSnapshot(scene, move, wish)) ?? this.#look([]);
  }

  async #disturbed(move: Move, own: Declared, others: Declared, isFirst: boolean): Promise<string | undefined> {
    const { network } = this.world;
    network.trouble = move.trouble;
    if (isFirst) this.#schedule(move, network.count);
    const ups = [
      this.#own.up(own, { refresh: move.refresh }),
      ...(move.rival ? [this.#rival.up(others, { refresh: false })] : []),
    ];
    const said = await this.#ground.time.until(Promise.all(ups), this.#own.limitMs);
    for (const { act } of this.world.plan.splice(0)) act();
    return this.#look(said);
  }

  /** At the calls of these numbers, or when the run is through before. */
  #schedule({ kill, cancel, outsider }: Move, from: number): void {
    const add = (at: number | undefined, act: () => void) => {
      if (at !== undefined) this.world.plan.push({ at: from + at, act });
    };
    add(kill, () => this.#own.kill());
    add(cancel, () => this.#own.cancel());
    add(outsider?.at, () => DEEDS[outsider?.deed ?? ""]?.(this.world, this.#names, this.world.chance));
  }

  async #calm(move: Move, own: Declared, others: Declared, expected: unknown): Promise<string | undefined> {
    const { time } = this.#ground;
    this.world.network.trouble = 0;
    await time.pass(REST_MS);
    const isTouched =
      move.outsider !== undefined || move.isAppTaken === true || this.world.late > 0 || this.#isFenceDoubtful;
    this.world.late = 0;
    this.#isFenceDoubtful = false;
    const said = await time.until(this.#own.up(own, { refresh: isTouched }), this.#own.limitMs);
    const theirs = this.#hasRival
      ? await time.until(this.#rival.up(others, { refresh: true }), this.#own.limitMs)
      : undefined;
    await time.pass(REST_MS);
    lookAtMachines(this.world);
    const now = this.#look([said, theirs]);
    this.isOver = now === undefined && isSplit(said, theirs);
    if (this.isOver) return undefined;
    const wrong = now ?? wrongAtRest(this.world, [this.#own, this.#rival]);
    if (wrong !== undefined) return wrong;
    const isOurs = said?.errors.length === 0;
    if (this.#hasRival && this.#file.state !== "purged" && isOurs === (theirs?.errors.length === 0))
      return `of two teams ${isOurs ? "both have" : "none has"} the tenant: ${[...(said?.errors ?? []), ...(theirs?.errors ?? [])].join("; ")}`;
    if (!isOurs) return this.#hasRival ? undefined : `the next run fails: ${said?.errors.join("; ") ?? ""}`;
    return (await this.#changesNothing(own)) ?? this.#isAsMadeAtOnce(expected, theirs);
  }

  /** Whether one more run, which looks at everything, has nothing to do: nothing was passed over that should not have been. */
  async #changesNothing(own: Declared): Promise<string | undefined> {
    const before = this.#own.state;
    const said = await this.#ground.time.until(this.#own.up(own, { refresh: false, all: true }), this.#own.limitMs);
    const changes = this.world.changes.get(this.#own.run) ?? 0;
    if (said === undefined || said.errors.length > 0) return `a run more fails: ${said?.errors.join("; ") ?? ""}`;
    if (changes > 0 || !isDeepStrictEqual(before, this.#own.state))
      return `a run more changes something (${changes} calls)`;
    return undefined;
  }

  #isAsMadeAtOnce(expected: unknown, theirs: Said): string | undefined {
    // Once this team has purged the tenant, the other may have one of its name.
    const exists = existing(without(withoutStrays(this.world), this.#rival.state));
    const hasTheirGroup = this.#hasRival || theirs !== undefined;
    const own = hasTheirGroup ? withoutGroups(exists) : exists;
    const found = differing(hasTheirGroup ? withoutGroups(expected) : expected, own);
    if (found !== "") return `it is otherwise than one made at once: ${found}`;
    if (!this.#hasData) {
      writeData(this.world);
      this.#hasData = true;
    } else writeData(this.world);
    return undefined;
  }

  #look(said: readonly Said[]): string | undefined {
    this.#steps += 1;
    const teams = [this.#own, this.#rival];
    const held = teams.map(({ state }) => state.map(({ key, isHalf, isReplaced }) => [key, isHalf, isReplaced]));
    const state = JSON.stringify([existing(this.world.tables), held]);
    this.#states.push(createHash("sha256").update(state).digest("base64url").slice(0, 16));
    return wrongNow(this.world, teams, this.#known, said) ?? this.#other?.wrong();
  }
}

/**
 * One team has the bucket, the other, whose claim is the app since it moved to a volume, the app that somebody has deleted:
 * neither gives way, and neither takes from the other.
 */
function isSplit(said: Said, theirs: Said): boolean {
  const isAbout = (code: string) => (error: string) => error.includes(code);
  return (
    (said?.errors.some(isAbout("TIGRIS_NAME_TAKEN")) ?? false) &&
    (theirs?.errors.some(isAbout("FLY_OTHER_NETWORK")) ?? false)
  );
}

function withoutGroups(exists: unknown): unknown {
  return { ...(exists as object), groups: undefined };
}
