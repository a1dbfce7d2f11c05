import { isDeepStrictEqual } from "node:util";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { VendorError } from "../http/vendor-error.ts";
import { isAmbiguous, type Serving } from "../http/serving.ts";
import type { FlyClient } from "./client.ts";
import { flyErrors } from "./errors.ts";
import { nanoseconds } from "./go-duration.ts";
import type { FlyMachine, Launch, MachineAddress } from "./machine-calls.ts";
import { normalised } from "./machine-config.ts";
import { pollUntil } from "./poll.ts";

/** A machine whose lease we hold, and with whose nonce. */
export interface LeasedMachine {
  readonly client: FlyClient;
  readonly at: MachineAddress;
  readonly nonce: string;
  readonly to: Serving;
}

/**
 * States that a machine passes through by itself (Fly docs, "Machine states"). `replaced` and `migrated` are states of a
 * version, but users have seen them for the machine (Fly docs, issue 1835).
 */
const PASSING = [
  "creating",
  "starting",
  "stopping",
  "restarting",
  "suspending",
  "updating",
  "replacing",
  "replaced",
  "migrated",
];
const DOWN = ["created", "stopped", "suspended", "failed"];

/**
 * Milliseconds that a temporary state may last: Fly's documents call the machine stuck after five minutes, and flyctl waits
 * as long.
 */
export const SETTLE_LIMIT_MS = 300_000;
const TRIES = 3;

/** The machine once it has settled, or as it is after five minutes. Throws FLY_MACHINE_GONE, FLY_HOST_UNREACHABLE. */
export async function settled({ client, at, to }: Omit<LeasedMachine, "nonce">): Promise<KnownMachine> {
  let last: FlyMachine | undefined;
  await pollUntil(
    async () => {
      last = await client.machine(at, to);
      return last === undefined || !PASSING.includes(last.state) ? true : undefined;
    },
    { limitMs: SETTLE_LIMIT_MS, signal: to.signal },
  );
  if (last === undefined) throw new TenantryError(flyErrors.FLY_MACHINE_GONE, nameOf(at), { tenant: to.tenant });
  return known(last, at, to);
}

/** A machine of which Fly knows the config. */
export type KnownMachine = FlyMachine & { readonly config: Readonly<Record<string, unknown>> };

/** Throws FLY_HOST_UNREACHABLE when Fly does not know the machine's config right now. */
export function known(machine: FlyMachine, at: MachineAddress, to: Serving): KnownMachine {
  const { config } = machine;
  if (config !== undefined) return { ...machine, config };
  throw new TenantryError(flyErrors.FLY_HOST_UNREACHABLE, nameOf(at), { tenant: to.tenant });
}

/**
 * Gives a machine its config and starts or stops it, as `launch` says. Skips what is already so. It also starts a machine
 * that Fly's proxy had stopped: only a running machine proves its config.
 */
export async function apply(leased: LeasedMachine, machine: KnownMachine, launch: Launch): Promise<void> {
  if (launch.skipLaunch) await stop(leased, machine);
  const isWritten = !isSame(machine.config, launch.config);
  if (isWritten) await write(leased, machine, launch);
  if (!launch.skipLaunch) await start(leased);
  // Between the stop and the update Fly's proxy may have started it.
  else if (isWritten) await stop(leased, await settled(leased));
}

/** Gives an idle machine its config and leaves it idle. When a request starts it later, it runs with the new config. */
export async function applyAsleep(leased: LeasedMachine, machine: KnownMachine, launch: Launch): Promise<void> {
  if (isSame(machine.config, launch.config)) return;
  await write(leased, machine, { ...launch, skipLaunch: true });
  await settled(leased);
}

/** Whether two configs mean the same. */
export function isSame(a: object, b: object): boolean {
  return isDeepStrictEqual(normalised({ ...a }), normalised({ ...b }));
}

/** Stops a running machine, with the signal and the time of its own config. Throws FLY_NOT_STOPPED. */
export async function stop({ client, at, nonce, to }: LeasedMachine, { state, config }: KnownMachine): Promise<void> {
  if (DOWN.includes(state)) return;
  await client.stopMachine(at, nonce, to);
  const { timeout } = (normalised(config).stop_config ?? {}) as { timeout?: unknown };
  const isDown = await pollUntil(
    async () => {
      const now = await client.machine(at, to);
      return now === undefined || DOWN.includes(now.state) ? true : undefined;
    },
    { limitMs: SETTLE_LIMIT_MS + (nanoseconds(timeout) ?? 0) / 1e6, signal: to.signal },
  );
  if (isDown === undefined) throw new TenantryError(flyErrors.FLY_NOT_STOPPED, nameOf(at), { tenant: to.tenant });
}

/**
 * Starts a machine that is down: an update leaves one stopped that was not started before, or that autostop stopped meanwhile
 * (flyd's log, hexclave pull request 2060; flyctl pull requests 4754, 5128). A start is refused (412, 409) while the machine
 * is replaced, right after its creation, and when Fly's proxy was faster: a read shows which.
 */
async function start(leased: LeasedMachine): Promise<void> {
  const { client, at, nonce, to } = leased;
  let refusal: unknown;
  const isStarted = await pollUntil(
    async () => {
      const { state } = await settled(leased);
      if (!DOWN.includes(state)) return true;
      try {
        await client.startMachine(at, nonce, to);
        return true;
      } catch (error) {
        if (!VendorError.hasStatus(error, 409, 412)) throw error;
        refusal = error;
        return undefined;
      }
    },
    { limitMs: SETTLE_LIMIT_MS, signal: to.signal },
  );
  if (isStarted === undefined) throw refusal;
}

/** Replaces the whole config of the version we saw. After an ambiguous answer, a read of the machine decides. */
async function write(leased: LeasedMachine, seen: KnownMachine, launch: Launch): Promise<void> {
  const { client, at, nonce, to } = leased;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.updateMachine(at, { ...launch, from: seen.instanceId }, nonce, to);
      return;
    } catch (error) {
      if (!isAmbiguous(error) && !VendorError.hasStatus(error, 409, 412)) throw error;
      const now = await settled(leased);
      if (isSame(now.config, launch.config)) return;
      if (now.instanceId !== seen.instanceId) {
        throw new TenantryError(flyErrors.FLY_CHANGED_MEANWHILE, nameOf(at), { tenant: to.tenant, cause: error });
      }
      if (attempt === TRIES) throw error;
    }
  }
}

function nameOf({ app, machine }: MachineAddress): string {
  return `machine ${app}/${machine}`;
}
