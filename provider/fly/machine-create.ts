import { TenantryError } from "../../errors/tenantry-error.ts";
import { ownerMark } from "../../resource-kinds/claim.ts";
import type { Call } from "../plugin/resource-type.ts";
import { isAmbiguous, type Serving } from "./api.ts";
import type { FlyClient } from "./client.ts";
import { flyErrors } from "./errors.ts";
import type { FlyMachine, Launch } from "./machine-calls.ts";
import { capacityOr } from "./machine-change.ts";
import { OWNER_MARK } from "./machine-marks.ts";
import { makeOnce } from "./make-once.ts";

export interface MachineOrder {
  readonly tenant: string;
  readonly app: string;
  readonly region: string;
  readonly launch: Launch;
}

/**
 * Makes the tenant's machine, or finds the one that an earlier try left behind: it carries our mark in its metadata.
 * `isNew` says that it has this very config. A create is never repeated blindly: two machines would write to one bucket.
 */
export async function findOrCreate(
  client: FlyClient,
  order: MachineOrder,
  call: Call,
): Promise<{ machine: FlyMachine; isNew: boolean }> {
  const to = { tenant: order.tenant, signal: call.signal };
  const { made, isNew } = await makeOnce(
    { find: () => leftBehind(client, order, call, to), make: () => make(client, order, to) },
    call.signal,
  );
  return { machine: made, isNew };
}

async function make(client: FlyClient, order: MachineOrder, to: Serving): Promise<FlyMachine> {
  try {
    return await client.createMachine(order.app, order.region, order.launch, to);
  } catch (error) {
    throw isAmbiguous(error) ? error : capacityOr(error, order, to);
  }
}

/** The machine with our mark, other than the one that is being replaced. */
async function leftBehind(
  client: FlyClient,
  { app, region, tenant }: MachineOrder,
  call: Call,
  to: Serving,
): Promise<FlyMachine | undefined> {
  const ours = await client.machinesWith(app, [OWNER_MARK, ownerMark(call.owner(tenant))], to);
  const candidates = ours.filter(({ id }) => `${app}/${id}` !== call.replaces);
  const [first, second] = candidates;
  if (second !== undefined) {
    const names = candidates.map(({ id }) => `${app}/${id}`).join(", ");
    throw new TenantryError(flyErrors.FLY_MACHINE_DOUBLE, `machines ${names}`, { tenant });
  }
  if (first !== undefined && first.region !== region) {
    const what = `machine ${app}/${first.id} stands in region ${first.region}, not ${region}`;
    const next = `Declare region ${first.region}, or import it, so that the move is planned as a replacement, with\n    ${call.importLine(`${app}/${first.id}`)}`;
    throw new TenantryError(flyErrors.FLY_MACHINE_ELSEWHERE, what, { tenant, next });
  }
  return first;
}
