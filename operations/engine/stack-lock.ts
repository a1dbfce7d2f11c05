import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { engineErrors } from "./errors.ts";
import type { StackContext } from "../../stack/context.ts";
import { endDeadRuns, hasMark } from "../../processes/runs.ts";
import { runningName } from "../../processes/running.ts";
import { exclusiveLock } from "../../stack/exclusive-lock.ts";
import { groundOf } from "./pulumi.ts";
import { note } from "../../output/terminal.ts";

const ORPHAN_LIMIT_MS = 60_000;
const POLL_MS = 100;

const lockSchema = z.object({ pid: z.int(), hostname: z.string(), timestamp: z.string() });
type Lock = z.infer<typeof lockSchema>;

/** The right to deploy a stack, held by this process. It ends with the process, however that ends. */
export interface StackHold {
  release(): void;
}

/**
 * Makes sure that no other deployment of an embedded stack is under way, and that none begins. Throws STACK_LOCKED.
 *
 * A lock of Pulumi's whose process has died on this machine is removed: every create can be repeated, so the next `up` goes
 * on where the dead one stopped. A `pulumi` whose `tenantry up` was killed is waited for: it was interrupted by that, and
 * writes its state. What is left of a dead run after that is ended.
 *
 * For other backends Pulumi's own refusal holds: whether a process on another machine is alive can't be seen from here.
 */
export async function holdStack(context: StackContext): Promise<StackHold> {
  if (context.settings.cloud !== "embedded") return { release: () => undefined };
  const hold = takeOwnLock(context);
  try {
    for (const path of lockFiles(context)) await clear(path, context);
    const ended = await endDeadRuns(groundOf(context));
    if (ended.length > 0) note(`stopped processes of a killed run: ${ended.join(", ")}`);
  } catch (error) {
    hold.release();
    throw error;
  }
  return hold;
}

/** Throws STACK_LOCKED when somebody deploys this embedded stack right now. */
export function refuseLockedStack(context: StackContext): void {
  if (context.settings.cloud !== "embedded") return;
  for (const path of lockFiles(context)) {
    const lock = readLock(path, context);
    if (lock !== undefined && !isDead(lock)) throw heldBy(lock, context);
  }
}

/**
 * Throws STACK_LOCKED when `pulumi` was refused because of a lock in a bucket or on another computer. Only its words tell
 * (pkg/backend/diy/lock.go): it ends with 1 like for everything else.
 */
export function refuseStackLockedElsewhere(context: StackContext, words: string): void {
  if (!words.includes("currently locked by")) return;
  const locks = [...words.matchAll(/created by \S*@(\S+) \(pid (\d+)\) at (\S+)/g)];
  const [first, ...others] = locks.map(([, host = "", pid, since = ""]) =>
    heldBy({ pid: Number(pid), hostname: host, timestamp: since }, context),
  );
  throw others.length === 0 && first !== undefined ? first : new TenantryError(engineErrors.STACK_LOCKED, words.trim());
}

/** One `tenantry up` per stack: the lock is an open SQLite transaction, which the kernel releases however the process ends. */
function takeOwnLock({ home, stack }: StackContext): StackHold {
  const folder = join(home, "locks");
  const lock = exclusiveLock(join(folder, `${stack}.db`));
  if (lock === "held")
    throw new TenantryError(engineErrors.STACK_LOCKED, `another \`tenantry up\` is running on ${stack}`);
  return lock;
}

/** Where Pulumi's file backend keeps the locks of a stack (pkg/backend/diy/lock.go): one file per process. */
function lockFiles({ home, stack }: StackContext): string[] {
  const folder = join(home, "state", ".pulumi", "locks", "organization", "tenantry", stack);
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((file) => file.endsWith(".json"));
  return names.map((name) => join(folder, name));
}

async function clear(path: string, context: StackContext): Promise<void> {
  const lock = readLock(path, context);
  if (lock === undefined) return;
  if (!isDead(lock)) await outlive(lock, path, context);
  if (!existsSync(path)) return;
  for (const file of [path, `${path}.attrs`]) rmSync(file, { force: true });
  note(`the deployment of process ${lock.pid} was killed (${lock.timestamp}); continuing where it stopped`);
}

/** Waits for a `pulumi` whose `tenantry up` is dead. We hold our own lock, so it can be no other. */
async function outlive(lock: Lock, path: string, context: StackContext): Promise<void> {
  if (!isOurs(lock)) throw heldBy(lock, context);
  note(`waiting for the end of process ${lock.pid}, whose \`tenantry up\` was killed`);
  const started = Date.now();
  while (existsSync(path) && !isDead(lock)) {
    if (Date.now() - started > ORPHAN_LIMIT_MS) throw heldBy(lock, context);
    await sleep(POLL_MS);
  }
}

/** Undefined: its owner has just removed it. */
function readLock(path: string, { stack }: StackContext): Lock | undefined {
  try {
    return lockSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    if (!existsSync(path)) return undefined;
    throw new TenantryError(engineErrors.STACK_LOCKED, `${stack} has a lock that cannot be read: ${path}`, { cause });
  }
}

function heldBy(lock: Lock, { stack }: StackContext): TenantryError {
  const where = lock.hostname === hostname() ? "" : ` on ${lock.hostname}`;
  const gone = isDead(lock) ? "; this computer has no such process any more" : "";
  const what = `process ${lock.pid}${where} holds ${stack} since ${lock.timestamp}${gone}`;
  const next = `Wait until it ends. If you are sure that it died: \`pulumi cancel --yes --stack ${stack}\`, then the same command again.`;
  return new TenantryError(engineErrors.STACK_LOCKED, what, { next });
}

/** Process ids are used again: a lock's process lives only if it still is a pulumi. */
function isDead(lock: Lock): boolean {
  if (lock.hostname !== hostname()) return false;
  return !(runningName(lock.pid)?.startsWith("pulumi") ?? false);
}

/** Where there is no /proc it cannot be told, and it is another's. */
function isOurs(lock: Lock): boolean {
  if (lock.hostname !== hostname()) return false;
  return hasMark(lock.pid);
}
