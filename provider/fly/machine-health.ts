import { TenantryError } from "../../errors/tenantry-error.ts";
import type { Serving } from "../http/serving.ts";
import type { FlyClient } from "./client.ts";
import { flyErrors } from "./errors.ts";
import { nanoseconds } from "./go-duration.ts";
import type { FlyMachine, MachineAddress } from "./machine-calls.ts";
import type { MachineConfig } from "./machine-config.ts";
import { pollUntil } from "./poll.ts";

/** Number of unasked exits of its program after which a machine counts as unhealthy for good. */
const MOST_UNASKED_ENDS = 3;
/** A machine that its restart policy restarts is down only briefly. */
const DOWN_FOR_GOOD_MS = 10_000;
const FAILED = ["failed", "launch_failed"];

/**
 * Waits until a machine is started and all its checks pass. Throws FLY_UNHEALTHY, with what the checks say, when it fails,
 * stays down, exits three times whatever its restart policy allows, or takes longer than `bootLimitMs` and what its slowest
 * check may take.
 */
export async function untilReady(
  client: FlyClient,
  at: MachineAddress,
  config: Pick<MachineConfig, "checks" | "services">,
  bootLimitMs: number,
  to: Serving & { readonly stack: string },
): Promise<void> {
  await readyWithin(readyLimitMs(config, bootLimitMs), client, at, config, to);
}

/** The same within so many milliseconds; 0: by one look. */
export async function readyWithin(
  limitMs: number,
  client: FlyClient,
  at: MachineAddress,
  config: Pick<MachineConfig, "checks" | "services">,
  to: Serving & { readonly stack: string },
): Promise<void> {
  let last: FlyMachine | undefined;
  let downSince: number | undefined;
  const ready = await pollUntil(
    async () => {
      last = await client.machine(at, to);
      if (last === undefined) throw new TenantryError(flyErrors.FLY_MACHINE_GONE, nameOf(at), { tenant: to.tenant });
      downSince = last.state === "stopped" ? (downSince ?? performance.now()) : undefined;
      const isDown = downSince !== undefined && performance.now() - downSince > DOWN_FOR_GOOD_MS;
      if (isDown || last.unaskedEnds.length >= MOST_UNASKED_ENDS || FAILED.includes(last.state))
        throw unhealthy(at, last, to);
      return isReady(last, declaredChecks(config).length) ? true : undefined;
    },
    { limitMs, signal: to.signal },
  );
  if (ready === undefined) throw unhealthy(at, last, to);
}

/** How long a machine with these checks may take to be ready: its boot, and the third try of its slowest check. */
export function readyLimitMs(config: Pick<MachineConfig, "checks" | "services">, bootLimitMs: number): number {
  const slowest = declaredChecks(config).map(
    ({ grace_period = 0, interval, timeout }) => ms(grace_period) + 3 * (ms(interval) + ms(timeout)),
  );
  return bootLimitMs + Math.max(0, ...slowest);
}

function declaredChecks({ checks = {}, services = [] }: Pick<MachineConfig, "checks" | "services">) {
  return [...Object.values(checks), ...services.flatMap((service) => service.checks ?? [])];
}

function isReady({ state, checks }: FlyMachine, expected: number): boolean {
  return state === "started" && checks.length >= expected && checks.every(({ status }) => status === "passing");
}

function unhealthy(
  at: MachineAddress,
  machine: FlyMachine | undefined,
  { tenant = "", stack }: Serving & { readonly stack: string },
): TenantryError {
  const failing = (machine?.checks ?? []).filter(({ status }) => status !== "passing");
  const said = failing.map(({ name, status, output }) => `; check ${name} is ${status}: ${oneLine(output)}`).join("");
  const what = `${nameOf(at)} is ${machine?.state ?? "not known"}${endsInWords(machine)}${said}`;
  return new TenantryError(flyErrors.FLY_UNHEALTHY, what, {
    tenant,
    next: `Read its log with \`npx tenantry logs ${tenant} --stack ${stack}\` (at Fly: \`fly logs --app ${at.app}\`), fix the cause and run \`up\` again, which continues with this machine.`,
  });
}

function endsInWords(machine: FlyMachine | undefined): string {
  const [last] = machine?.unaskedEnds ?? [];
  if (machine === undefined || last === undefined) return "";
  const how = last.outOfMemory ? "out of memory" : `exit code ${last.exitCode}`;
  const times = machine.unaskedEnds.length === 1 ? "once" : `${machine.unaskedEnds.length} times, the last time`;
  return `; its program ended by itself ${times} with ${how}`;
}

const LONGEST_OUTPUT = 200;

function oneLine(output: string): string {
  const text = output.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
  return text.length > LONGEST_OUTPUT ? `${text.slice(0, LONGEST_OUTPUT)}…` : text;
}

function nameOf({ app, machine }: MachineAddress): string {
  return `machine ${app}/${machine}`;
}

function ms(duration: string | number): number {
  return (nanoseconds(duration) ?? 0) / 1e6;
}
