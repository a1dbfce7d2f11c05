import { withoutSecrets } from "../../output/shown.ts";
import { refusedAsSecret } from "../../tenants/model/secret-likeness.ts";
import { TenantryError } from "../../errors/tenantry-error.ts";
import { type Owner, ownerMark, ownerOf } from "../../resource-kinds/claim.ts";
import type { Call, Known, Observed } from "../plugin/resource-type.ts";
import type { FlyClient } from "./client.ts";
import { flyErrors } from "./errors.ts";
import { imported } from "./imported.ts";
import type { FlyMachine, MachineAddress } from "./machine-calls.ts";
import { known as withConfig } from "./machine-change.ts";
import { type MachineConfig, normalised, volumeOf } from "./machine-config.ts";
import { OWNER_MARK, withoutMarks } from "./machine-marks.ts";
import type { MachineInputs, MachineState } from "./machine-inputs.ts";

/** The parts of `<app>/<machine id>`. Throws FLY_MACHINE_ID. */
export function addressOf(id: string): MachineAddress {
  const [, app, machine] = /^([a-z0-9-]+)\/([A-Za-z0-9]+)$/.exec(id) ?? [];
  if (app === undefined || machine === undefined) {
    throw new TenantryError(flyErrors.FLY_MACHINE_ID, `${JSON.stringify(id)} is not a machine id`);
  }
  return { app, machine };
}

/**
 * What exists at Fly, as inputs. A secret that somebody set in plain settings is masked: it reaches no state, preview or log
 * of Pulumi, and it still differs from the declaration, which never contains one. A machine whose host does not answer keeps
 * its last known settings: unknown is not changed.
 */
export async function observedMachine(
  client: FlyClient,
  id: string,
  known: Known<MachineInputs, MachineState> | undefined,
  call: Call,
): Promise<Observed<MachineInputs, MachineState> | undefined> {
  const at = addressOf(id);
  const to = { tenant: known?.inputs.tenant, signal: call.signal };
  const machine = await client.machine(at, to);
  if (machine === undefined) return undefined;
  if (machine.config === undefined && known !== undefined) {
    call.log("warning", `machine ${id}: its host does not answer, so it could not be compared`);
    return { id, ...known };
  }
  const shown = withoutSecrets(withConfig(machine, at, to).config, "", refusedAsSecret) as Readonly<
    Record<string, unknown>
  >;
  const observed = observedInputs(at, machine, shown, known?.inputs, call);
  return { id, state: { machineId: machine.id }, inputs: observed };
}

function observedInputs(
  { app }: MachineAddress,
  machine: FlyMachine,
  shown: Readonly<Record<string, unknown>>,
  known: MachineInputs | undefined,
  call: Call,
): MachineInputs {
  const { config, owner, secretsVersion } = withoutMarks(normalised(shown));
  const tenant = known?.tenant ?? tenantOf(owner, call);
  const suspended = isSuspended(machine, config, known);
  return imported<MachineInputs>({
    ...(tenant === undefined ? {} : { tenant }),
    app,
    region: machine.region,
    config: known === undefined ? config : comparable(shown, call.owner(known.tenant)),
    ...(secretsVersion === undefined ? {} : { secretsVersion }),
    ...volumeOf(config),
    suspended,
  });
}

/**
 * The config that Fly shows of a machine of `owner`, in the form in which it is declared and stored. If our own mark is
 * wrong, it shows like any other changed setting.
 */
export function comparable(shown: Readonly<Record<string, unknown>>, owner: Owner): MachineConfig {
  const { config, owner: found } = withoutMarks(normalised(shown));
  if (found === ownerMark(owner)) return config;
  return { ...config, metadata: { ...config.metadata, [OWNER_MARK]: found ?? "(missing)" } };
}

/** The tenant on a mark of this stack's fleet. */
function tenantOf(mark: string | undefined, call: Call): string | undefined {
  const tenant = mark === undefined ? undefined : ownerOf(mark)?.tenant;
  return tenant !== undefined && ownerMark(call.owner(tenant)) === mark ? tenant : undefined;
}

const DOWN = ["created", "stopped", "stopping", "suspended", "suspending"];

/**
 * Fly's proxy stops and starts machines at will, so a machine that is down is suspended only if it was declared so. At an
 * import it counts as suspended if no request can start it.
 */
function isSuspended({ state }: FlyMachine, config: MachineConfig, known: MachineInputs | undefined): boolean {
  if (!DOWN.includes(state)) return false;
  if (known !== undefined) return known.suspended;
  const services = config.services ?? [];
  return services.every(({ autostart }) => !autostart);
}
