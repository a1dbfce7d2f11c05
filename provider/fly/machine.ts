import { isDeepStrictEqual } from "node:util";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { type Owner, ownerMark } from "../../resource-kinds/claim.ts";
import {
  type Call,
  HalfDone,
  type Known,
  type Observed,
  type ResourceType,
  type Existing,
} from "../plugin/resource-type.ts";
import { Unknown } from "../plugin/unknown.ts";
import type { Serving } from "../http/serving.ts";
import type { FlyClient } from "./client.ts";
import { flyErrors } from "./errors.ts";
import type { Launch, MachineAddress } from "./machine-calls.ts";
import { apply, applyAsleep, type LeasedMachine, settled } from "./machine-change.ts";
import { beforeSuspension, restAgain } from "./machine-suspension.ts";
import { isRotation, sleeps } from "./machine-sleep.ts";
import { type MachineConfig, normalised, volumeOf } from "./machine-config.ts";
import { findOrCreate } from "./machine-create.ts";
import { type MachineInputs, machineInputs, type MachineState } from "./machine-inputs.ts";
import { type PaceOf, RingGuards } from "./ring-pace.ts";
import { RunHalt, UNTRIED } from "./run-halt.ts";
import { removeMachine } from "./machine-delete.ts";
import { readyWithin, untilReady } from "./machine-health.ts";
import { type LeaseOrder, takeLease } from "./machine-lease.ts";
import { LOOK_LIMIT_MS } from "./make-once.ts";
import { type Before, withMarks } from "./machine-marks.ts";
import type { OwnApps } from "./own-apps.ts";
import { addressOf, comparable, observedMachine } from "./machine-read.ts";

/** How long things may take. */
export interface MachinePatience {
  /** Milliseconds from a config to a running machine, the pull of the image included. What the checks may take comes on top. */
  readonly bootLimitMs: number;
  /** Milliseconds to look for a machine or volume after an ambiguous answer to its creation. */
  readonly lookMs: number;
  /** Seconds for which a lease is taken at a time. */
  readonly leaseSeconds: number;
}

/** Fly's documents call a start stuck after five minutes. */
export const PATIENCE: MachinePatience = { bootLimitMs: 300_000, lookMs: LOOK_LIMIT_MS, leaseSeconds: 20 };

/**
 * `tenantry:fly:Machine`: its id is `<app>/<machine id>`, also for an import. Made and updated with the whole config, and
 * done only when it is started and its checks pass: within five minutes and what the slowest check may take.
 * Its metadata carries two marks of ours besides what is declared: the owner, and the secrets' version.
 * Source: Machines_create, Machines_update.
 */
export function machineType(
  client: FlyClient,
  apps: OwnApps,
  changes: Partial<MachinePatience> = {},
  halt: RunHalt = new RunHalt(),
  paceOf: PaceOf = () => Promise.resolve(undefined),
): ResourceType<MachineInputs, MachineState> {
  const patience = { ...PATIENCE, ...changes };
  const guards = new RingGuards();
  const guarded = <Result>(news: MachineInputs, call: Call, change: () => Promise<Result>) =>
    news.suspended ? change() : halt.guard(news.config.image, serving(news.tenant, call), change);
  return {
    token: "tenantry:fly:Machine",
    inputs: machineInputs,
    replaceOn: ["app", "region", "volume"],
    outputs: ["machineId"],
    check: canonical,
    foresee: (_news, known) => (known === undefined ? {} : wellState(known.state)),
    async create(news, call) {
      await apps.require(news, call);
      return guarded(news, call, () => create(client, patience, news, call));
    },
    read: (id, known, call) => observed(client, id, known, call),
    async update(id, known, news, call) {
      const pace = news.suspended || known.inputs.suspended ? undefined : await paceOf(call.stack, news.tenant);
      const at = addressOf(id);
      await (pace === undefined
        ? guarded(news, call, () => bring(client, patience, at, news, known, call))
        : guards
            .of(pace)
            .guard(news.config.image, serving(news.tenant, call), () =>
              bringInRing({ client, patience, at, news, olds: known.inputs, call }),
            ));
      return wellState(known.state);
    },
    async delete(id, { inputs: { tenant } }, call) {
      await removeMachine(client, addressOf(id), leaseOrder(tenant, patience, call), call);
    },
  };
}

/** The config as it is POSTed for these inputs: what is declared, and our marks. Holds no secret, safe to show. */
export function postedConfig(
  { config, secretsVersion }: Pick<MachineInputs, "config" | "secretsVersion">,
  owner: Owner,
): MachineConfig {
  return withMarks(normalised(config), owner, secretsVersion);
}

/** Inputs in the form in which they are read back. Values unknown in a preview stay unchanged. */
function canonical({ volume, ...news }: MachineInputs): MachineInputs {
  if (news.config instanceof Unknown) return { ...news, ...(volume === undefined ? {} : { volume }) };
  const config = normalised(news.config);
  const declared = { ...news, config, ...volumeOf(config) };
  if (!news.suspended) return declared;
  // Fly's proxy has started single machines in spite of `autostart: false` (Kilo-Org/cloud pull requests 3219, 3376).
  const { services: _, ...rest } = config;
  return { ...declared, config: rest };
}

async function create(
  client: FlyClient,
  patience: MachinePatience,
  news: MachineInputs,
  call: Call,
): Promise<Existing<MachineState>> {
  const { tenant, app, region } = news;
  const order = { tenant, app, region, launch: launchOf(news, call) };
  const { made: machine, isNew } = await findOrCreate(client, order, patience.lookMs, call);
  const at = { app, machine: machine.id };
  const existing = { id: `${app}/${machine.id}`, state: wellState({ machineId: machine.id }) };
  try {
    if (!isNew) await bring(client, patience, at, news, undefined, call);
    else if (!news.suspended)
      await untilReady(client, at, news.config, patience.bootLimitMs, { ...serving(tenant, call), stack: call.stack });
  } catch (error) {
    throw error instanceof HalfDone ? error : unwell(at, error);
  }
  return existing;
}

interface RingTurn {
  readonly client: FlyClient;
  readonly patience: MachinePatience;
  readonly at: MachineAddress;
  readonly news: MachineInputs;
  readonly olds: MachineInputs;
  readonly call: Call;
}

/**
 * What a rollout brings to a machine. One that sleeps gets its new config and sleeps on: then UNTRIED. One that does not come
 * up well gets its config of before again: throws FLY_TAKEN_BACK, and the state keeps what was there before, for that is what
 * it has.
 */
async function bringInRing({ client, patience, at, news, olds, call }: RingTurn): Promise<typeof UNTRIED | undefined> {
  const to = serving(news.tenant, call);
  const lease = await takeLease(client, at, leaseOrder(news.tenant, patience, call), call);
  try {
    const leased: LeasedMachine = { client, at, to, nonce: lease.nonce };
    const machine = await settled(leased);
    if (sleeps(machine)) {
      await applyAsleep(leased, machine, launchOf(news, call));
      return UNTRIED;
    }
    await apply(leased, machine, launchOf(news, call));
    const waiting = { ...to, stack: call.stack };
    try {
      await untilReady(client, at, news.config, patience.bootLimitMs, waiting);
      return undefined;
    } catch (error) {
      if (!TenantryError.is(error, flyErrors.FLY_UNHEALTHY)) throw unwell(at, error);
      await apply(leased, await settled(leased), launchOf(olds, call));
      const isWell = await untilReady(client, at, olds.config, patience.bootLimitMs, waiting).then(
        () => true,
        (again: unknown) =>
          TenantryError.is(again, flyErrors.FLY_UNHEALTHY) ? false : Promise.reject(unwell(at, again)),
      );
      const now = isWell
        ? "its old config is back, and it is healthy"
        : "its old config is back, and it is not healthy either";
      throw new TenantryError(flyErrors.FLY_TAKEN_BACK, `${firstLine(error)}; ${now}`, {
        tenant: news.tenant,
        cause: error,
      });
    }
  } finally {
    await lease.release();
  }
}

function firstLine({ message }: Error): string {
  return message.split("\n")[0] ?? "";
}

/**
 * Brings an existing machine to its declared config, under its lease; UNTRIED when it slept and sleeps on, which only new
 * secrets let it. Throws HalfDone when it has its config and is not well.
 */
async function bring(
  client: FlyClient,
  patience: MachinePatience,
  at: MachineAddress,
  news: MachineInputs,
  known: Known<MachineInputs, MachineState> | undefined,
  call: Call,
): Promise<typeof UNTRIED | undefined> {
  const olds = known?.inputs;
  const to = serving(news.tenant, call);
  const lease = await takeLease(client, at, leaseOrder(news.tenant, patience, call), call);
  try {
    const leased: LeasedMachine = { client, at, to, nonce: lease.nonce };
    const machine = await settled(leased);
    const config = comparable(machine.config, call.owner(news.tenant));
    if (olds !== undefined && !isDeepStrictEqual(config, olds.config) && !isDeepStrictEqual(config, news.config)) {
      const what = `machine ${at.app}/${at.machine} was changed outside tenantry since the last refresh`;
      call.log("warning", `${what}; the declared config overwrites the change`);
    }
    const before = await beforeSuspension(leased, machine, news, olds);
    const launch = launchOf(news, call, before);
    if (sleeps(machine) && isDeepStrictEqual(config, news.config) && isRotation(known, news)) {
      await applyAsleep(leased, machine, launch);
      return UNTRIED;
    }
    await apply(leased, machine, launch);
    if (news.suspended) return undefined;
    try {
      await untilReady(client, at, news.config, patience.bootLimitMs, { ...to, stack: call.stack });
    } catch (error) {
      throw unwell(at, error);
    }
    if (before !== undefined) await restAgain(leased);
    return undefined;
  } finally {
    await lease.release();
  }
}

/**
 * A refresh takes what it reads for what was reached, so a machine that was not well would pass as done after it: it is half
 * done as long as a look at it says so.
 */
async function observed(
  client: FlyClient,
  id: string,
  known: Known<MachineInputs, MachineState> | undefined,
  call: Call,
): Promise<Observed<MachineInputs, MachineState> | undefined> {
  const found = await observedMachine(client, id, known, call);
  if (found === undefined || known?.state.isUnwell !== true || known.inputs.suspended) return found;
  const at = addressOf(id);
  try {
    await readyWithin(0, client, at, known.inputs.config, { ...serving(known.inputs.tenant, call), stack: call.stack });
  } catch (error) {
    if (!TenantryError.is(error, flyErrors.FLY_UNHEALTHY)) throw error;
    throw unwell(at, error, found.inputs);
  }
  return { ...found, state: wellState(found.state) };
}

function unwell({ app, machine }: MachineAddress, error: unknown, inputs?: MachineInputs): HalfDone<MachineState> {
  const existing = { id: `${app}/${machine}`, state: { machineId: machine, isUnwell: true } } as const;
  return new HalfDone(inputs === undefined ? existing : { ...existing, inputs }, asError(error));
}

function wellState({ machineId }: MachineState): MachineState {
  return { machineId };
}

function launchOf(news: MachineInputs, call: Call, before?: Before): Launch {
  const config = withMarks(normalised(news.config), call.owner(news.tenant), news.secretsVersion, before);
  return { config, minSecretsVersion: news.secretsVersion, skipLaunch: news.suspended };
}

function leaseOrder(tenant: string, { leaseSeconds }: MachinePatience, call: Call): LeaseOrder {
  return { tenant, mark: ownerMark(call.owner(tenant)), seconds: leaseSeconds };
}

function serving(tenant: string, call: Call): Serving {
  return { tenant, signal: call.signal };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
