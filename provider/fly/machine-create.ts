import { createHash } from "node:crypto";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { type Owner, ownerMark } from "../../resource-kinds/claim.ts";
import type { Call } from "../plugin/resource-type.ts";
import type { Serving } from "../http/serving.ts";
import type { FlyClient } from "./client.ts";
import { flyErrors } from "./errors.ts";
import type { FlyMachine, Launch } from "./machine-calls.ts";
import { OWNER_MARK, withoutMarks } from "./machine-marks.ts";
import { makeOnce } from "./make-once.ts";
import { holderOf } from "./refusals.ts";

/** What a new machine is created from. */
export interface MachineOrder {
  readonly tenant: string;
  readonly app: string;
  readonly region: string;
  readonly launch: Launch;
}

interface Made {
  readonly made: FlyMachine;
  readonly isNew: boolean;
}

/** How many names are tried: Fly may hold the name of a machine that was destroyed. */
const NAMES = 3;

/**
 * Creates the tenant's machine, or finds the one that an earlier attempt left: it carries our mark in its metadata. `isNew`
 * says that it has exactly this config. A create is never repeated blindly: two machines would write to one bucket. The owner
 * determines its name, so Fly itself refuses a second one, whatever its lists show.
 */
export async function findOrCreate(
  client: FlyClient,
  order: MachineOrder,
  lookMs: number,
  call: Call,
): Promise<{ made: FlyMachine; isNew: boolean }> {
  const to = { tenant: order.tenant, signal: call.signal };
  return makeOnce(
    { find: () => leftBehind(client, order, call, to), make: () => make(client, order, call, to) },
    { signal: call.signal, lookMs },
  );
}

/**
 * The name of a machine: the same for every attempt to create it, another for its replacement. `generation` counts the names
 * that were tried before.
 */
export function machineName(owner: Owner, replaces: string | undefined, generation: number): string {
  const parts = [ownerMark(owner), replaces ?? "", generation];
  return `m-${createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 24)}`;
}

async function make(client: FlyClient, order: MachineOrder, call: Call, to: Serving): Promise<Made> {
  const { app, region, launch, tenant } = order;
  for (let generation = 1; ; generation += 1) {
    const name = machineName(call.owner(tenant), call.replaces, generation);
    try {
      return { made: await client.createMachine(app, { name, region }, launch, to), isNew: true };
    } catch (error) {
      const holder = holderOf(error);
      if (holder === undefined) throw error;
      const machine = await client.machine({ app, machine: holder }, to);
      if (machine !== undefined) return { made: ours(machine, order, call), isNew: false };
      if (generation === NAMES) throw error;
    }
  }
}

/** The machine with our mark, other than the one that is being replaced. */
async function leftBehind(
  client: FlyClient,
  order: MachineOrder,
  call: Call,
  to: Serving,
): Promise<FlyMachine | undefined> {
  const { app, tenant } = order;
  const listed = await client.machinesWith(app, [OWNER_MARK, ownerMark(call.owner(tenant))], to);
  const candidates = listed.filter(({ id }) => `${app}/${id}` !== call.replaces);
  // A list may be outdated; a read of the machine itself is not.
  const live = await Promise.all(candidates.map(({ id }) => client.machine({ app, machine: id }, to)));
  const [first, ...others] = live.filter((machine) => machine !== undefined);
  if (first === undefined) return undefined;
  if (others.length === 0) return ours(first, order, call);
  const names = [first, ...others].map(({ id }) => `${app}/${id}`).join(", ");
  throw new TenantryError(flyErrors.FLY_MACHINE_DOUBLE, `machines ${names}`, { tenant });
}

/** An existing machine, if it is ours and in the declared region. A machine whose host does not answer shows no mark. */
function ours(machine: FlyMachine, { app, region, tenant }: MachineOrder, call: Call): FlyMachine {
  const id = `${app}/${machine.id}`;
  const mark = machine.config === undefined ? undefined : (withoutMarks(machine.config).owner ?? "(none)");
  if (mark !== undefined && mark !== ownerMark(call.owner(tenant))) {
    throw new TenantryError(flyErrors.FLY_MACHINE_NAME_TAKEN, `machine ${id} has the mark ${mark}`, { tenant });
  }
  if (machine.region === region) return machine;
  const what = `machine ${id} is in region ${machine.region}, not ${region}`;
  const next = `Declare region ${machine.region}, or import it, so that the move is planned as a replacement, with\n    ${call.importLine(id)}`;
  throw new TenantryError(flyErrors.FLY_MACHINE_ELSEWHERE, what, { tenant, next });
}
