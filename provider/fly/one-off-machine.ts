import { createHash, randomUUID } from "node:crypto";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { printableLines } from "../../output/printable.ts";
import { type Owner, ownerMark } from "../../resource-kinds/claim.ts";
import { schemaErrors } from "../../tenants/schemas/errors.ts";
import type { Serving } from "../http/serving.ts";
import { VendorError } from "../http/vendor-error.ts";
import type { FlyClient } from "./client.ts";
import type { ExecOutcome } from "./exec-calls.ts";
import type { MachineAddress } from "./machine-calls.ts";
import type { MachineConfig } from "./machine-config.ts";
import { HAND_OVER, onceCommand, READ_END } from "./one-off-script.ts";
import { pollUntil } from "./poll.ts";
import { holderOf } from "./refusals.ts";

/** A command that is run once, in a machine of its own beside the tenant's, from the tenant's image. */
export interface OneOff {
  readonly owner: Owner;
  readonly app: string;
  readonly region: string;
  readonly image: string;
  readonly guest: MachineConfig["guest"];
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  /**
   * What the command gets as secrets: the app's, as of a version or a later one; or these and no other. Those are handed to the
   * machine when it runs, and are never in its config.
   */
  readonly secrets: { readonly version: number | undefined } | { readonly values: Readonly<Record<string, string>> };
  /**
   * Tells this run from every other. A machine of an earlier try that runs for the same is waited for and not made again; one
   * that runs for another is waited for first. Undefined: what an earlier try has left is destroyed at once.
   */
  readonly key: string | undefined;
}

/** How a command ended that ran in a machine of its own. */
export interface OneOffEnd {
  readonly exitCode: number;
  /** SHA-256 of all that it wrote to its standard output. */
  readonly digest: string;
  /** The last lines of both outputs, with the values of secrets struck out. */
  readonly lastLines: string;
}

/** In the machine's metadata: whose it is, and what for. The mark of the tenant's own machine it never has. */
const ONCE_MARK = "tenantry-once";
const KEY_MARK = "tenantry-once-key";

/** Seconds that a command may take. */
const LIMIT_SECONDS = 1800;
/** Seconds that a machine waits for somebody who reads how its command ended; then it ends, and Fly destroys it. */
const KEPT_SECONDS = 120;
/** Milliseconds for the pull of the image and the boot. */
const BOOT_LIMIT_MS = 300_000;
/** Seconds for a look into the machine. */
const LOOK_SECONDS = 20;
/** Fly may hold the name of a machine that was destroyed. */
const NAMES = 3;
const LONGEST_SHOWN = 2000;
const OVER = ["stopped", "failed", "launch_failed", "suspended"];

/**
 * Runs a command in a machine of its own, and destroys that whatever comes. The machine has no mount, no address and no checks; it
 * ends by itself (`auto_destroy`), so that a run that is killed leaves none. Of two runs at once for the same, one makes the
 * machine and both read how it ended. Throws SCHEMA_MIGRATOR_FAILED where it ended without a word, SCHEMA_MIGRATOR_RECORD where
 * nothing runs in it.
 *
 * Source: Machines_create (`auto_destroy`, `init.exec`, `skip_secrets`), Machines_exec.
 */
export async function runOnce(client: FlyClient, order: OneOff, serving: Serving): Promise<OneOffEnd> {
  const to = { ...serving, tenant: order.owner.tenant };
  const at = await madeOrFound(client, order, to);
  // A running migrator is never interrupted, even if this process ends: the next run waits for it.
  let isOver = order.key === undefined;
  try {
    if ("values" in order.secrets) await handOver(client, at, order.secrets.values, to);
    const end = await endOf(client, at, to);
    isOver = true;
    return end;
  } catch (error) {
    isOver ||= SAYS_OVER.some((kind) => TenantryError.is(error, kind));
    throw error;
  } finally {
    if (isOver) await gone(client, at, to);
  }
}

const SAYS_OVER = [schemaErrors.SCHEMA_MIGRATOR_FAILED, schemaErrors.SCHEMA_MIGRATOR_RECORD];

/** Also when the run was cancelled. What cannot be reached now ends by itself: how the command ended is known all the same. */
async function gone(client: FlyClient, at: MachineAddress, { tenant }: Serving): Promise<void> {
  await client.destroyMachine(at, undefined, { tenant }, { force: true }).catch(() => undefined);
}

async function madeOrFound(client: FlyClient, order: OneOff, to: Serving): Promise<MachineAddress> {
  const { app, owner, key, secrets } = order;
  const mark = markOf(order);
  for (let generation = 1; ; generation += 1) {
    for (const { id } of await client.machinesWith(app, [ONCE_MARK, mark], to)) {
      const at = { app, machine: id };
      // A list may be outdated; a read of the machine itself is not.
      const left = await client.machine(at, to);
      if (left === undefined) continue;
      if (key !== undefined && keyIn(left.config) === key) return at;
      if (key !== undefined) await endOf(client, at, to).catch(() => undefined);
      to.signal?.throwIfAborted();
      await gone(client, at, to);
    }
    const parts = [ownerMark(owner), mark, key ?? randomUUID(), generation];
    const name = `once-${createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 24)}`;
    const isHanded = "values" in secrets;
    const launch = {
      config: configOf(order, isHanded),
      minSecretsVersion: isHanded ? undefined : secrets.version,
      skipLaunch: false,
      skipSecrets: isHanded,
    };
    try {
      const { id } = await client.createMachine(app, { name, region: order.region }, launch, to);
      return { app, machine: id };
    } catch (error) {
      const holder = holderOf(error);
      if (holder === undefined || generation > NAMES) throw error;
      const at = { app, machine: holder };
      // Another run of the same has made it in between.
      if (key !== undefined && (await client.machine(at, to)) !== undefined) return at;
    }
  }
}

function markOf({ owner, key }: OneOff): string {
  return `${ownerMark(owner)}/${key === undefined ? "rehearsal" : "run"}`;
}

function keyIn(config: Readonly<Record<string, unknown>> | undefined): unknown {
  return (config?.["metadata"] as Readonly<Record<string, unknown>> | undefined)?.[KEY_MARK];
}

function configOf(order: OneOff, isHanded: boolean): object {
  const { image, guest, env, command, key, owner } = order;
  return {
    image,
    guest,
    env,
    init: { exec: onceCommand(command, { isHanded, limitSeconds: LIMIT_SECONDS, keptSeconds: KEPT_SECONDS }) },
    restart: { policy: "no" },
    auto_destroy: true,
    metadata: {
      [ONCE_MARK]: markOf(order),
      ...(key === undefined ? {} : { [KEY_MARK]: key }),
      tenant: owner.tenant,
      stack: owner.stack,
      "managed-by": "tenantry",
    },
  };
}

async function handOver(
  client: FlyClient,
  at: MachineAddress,
  values: Readonly<Record<string, string>>,
  to: Serving,
): Promise<void> {
  const stdin = Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
  const isDone = await pollUntil(
    async () => ((await asked(client, at, { command: HAND_OVER, stdin }, to)) === undefined ? undefined : true),
    { limitMs: BOOT_LIMIT_MS, signal: to.signal },
  );
  if (isDone !== true) throw silent(at, to);
}

async function endOf(client: FlyClient, at: MachineAddress, to: Serving): Promise<OneOffEnd> {
  const end = await pollUntil(async () => endIn((await asked(client, at, { command: READ_END }, to))?.stdout), {
    limitMs: BOOT_LIMIT_MS + (LIMIT_SECONDS + KEPT_SECONDS) * 1000,
    signal: to.signal,
  });
  if (end === undefined) throw silent(at, to);
  return end;
}

/** Undefined where it is not all that READ_END says: then it is asked for again, for the machine is still there. */
function endIn(said = ""): OneOffEnd | undefined {
  const [, lastLines = "", code, digest = ""] = /^((?:.*\n)*)(\d+) ([0-9a-f]{64})\n$/.exec(said) ?? [];
  if (code === undefined) return undefined;
  return { exitCode: Number(code), digest, lastLines: printableLines(lastLines.trimEnd().slice(-LONGEST_SHOWN)) };
}

/** Undefined: not yet. What refuses because the machine is not up yet, or moves, says so by its state. */
async function asked(
  client: FlyClient,
  at: MachineAddress,
  order: { readonly command: readonly string[]; readonly stdin?: string },
  to: Serving,
): Promise<ExecOutcome | undefined> {
  const machine = await client.machine(at, to);
  if (machine === undefined || OVER.includes(machine.state)) throw silent(at, to);
  if (machine.state !== "started") return undefined;
  try {
    const answer = await client.exec(at, { ...order, seconds: LOOK_SECONDS }, to);
    if (answer === undefined)
      throw new TenantryError(schemaErrors.SCHEMA_MIGRATOR_RECORD, nameOf(at), { tenant: to.tenant });
    return answer.exitCode === 0 ? answer : undefined;
  } catch (error) {
    if (VendorError.hasStatus(error, 404, 408, 409, 412)) return undefined;
    throw error;
  }
}

function silent(at: MachineAddress, { tenant }: Serving): TenantryError {
  const what = `${nameOf(at)} ended before it could report its command's result`;
  return new TenantryError(schemaErrors.SCHEMA_MIGRATOR_FAILED, what, { tenant });
}

function nameOf({ app, machine }: MachineAddress): string {
  return `machine ${app}/${machine}`;
}
