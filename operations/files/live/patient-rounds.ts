import { TenantryError } from "../../../errors/tenantry-error.ts";
import { printable } from "../../../output/printable.ts";
import { filesErrors } from "../errors.ts";
import type { Pair } from "../sync/planned-sync.ts";
import { type SyncEvent, type Memory, type Round, round, type RoundOptions } from "./round.ts";

export interface Reporting {
  /** What has events to a file. */
  readonly tell: (event: SyncEvent) => void;
  /** A line about the connection, or about what is not carried. */
  readonly note: (line: string) => void;
}

/** Rounds that outlast a lost network. The answer is undefined when a round failed, but the next may not. */
export function patientRounds(
  pair: Pair,
  memory: Memory,
  { tell, note }: Reporting,
): (options: RoundOptions) => Promise<Round | undefined> {
  const once = toldOnce(note);
  const problems = lastingProblems();
  let [failures, isTold] = [0, false];
  return async (options) => {
    try {
      const done = await round(pair, memory, options);
      if (isTold) note("connected again");
      [failures, isTold] = [0, false];
      const { local, remote } = done.listings;
      for (const [path, { reason }] of [...local.skipped, ...remote.skipped]) once(notCarried(path, reason));
      for (const { path, reason } of done.refused) once(notCarried(path, reason));
      for (const each of problems(done.events)) tell(each);
      return done;
    } catch (error) {
      if (!mayPass(error)) throw error;
      failures += 1;
      // A single file that vanishes under a transfer is no lost network, and is seen by the next round.
      if (!isTold && (failures > 1 || isRefusal(error))) {
        note(`${pair.access.key.bucket} does not answer correctly (${wordsOf(error)}); retrying`);
        isTold = true;
      }
      return undefined;
    }
  };
}

/** A line about a name that is not carried; whatever is in the name, it is one line. */
export function notCarried(path: string, reason: string): string {
  return `${printable(path)}: not carried, ${printable(reason)}`;
}

function toldOnce(note: (line: string) => void): (line: string) => void {
  const told = new Set<string>();
  return (line) => {
    if (!told.has(line)) note(line);
    told.add(line);
  };
}

/** Leaves out problems that the next round has solved, and those that were told before. */
function lastingProblems(): (events: readonly SyncEvent[]) => readonly SyncEvent[] {
  let counts = new Map<string, number>();
  return (events) => {
    const now = new Map<string, number>();
    const told = events.filter(({ what, path, reason = "" }) => {
      if (what !== "problem") return true;
      const key = `${path}\n${reason}`;
      now.set(key, (counts.get(key) ?? 0) + 1);
      return now.get(key) === 2;
    });
    counts = now;
    return told;
  };
}

const FOR_GOOD = ["AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "NoSuchBucket"];

/** Whether another try may go better: networks come back, revoked keys don't. An error of our own is none of both. */
function mayPass(error: unknown): boolean {
  if (isRefusal(error)) return !FOR_GOOD.includes((error.cause as Error).name);
  if (error instanceof TenantryError) return TenantryError.is(error, filesErrors.SYNC_FOLDER_UNUSABLE);
  return typeof (error as NodeJS.ErrnoException).code === "string" || "$metadata" in (error as object);
}

function isRefusal(error: unknown): error is TenantryError {
  return error instanceof TenantryError && error.code === filesErrors.SYNC_REFUSED.code;
}

function wordsOf(error: unknown): string {
  const { name, message, code } = (isRefusal(error) ? error.cause : error) as NodeJS.ErrnoException;
  return [code ?? name, message]
    .filter((each) => each !== "")
    .join(": ")
    .split("\n")
    .slice(0, 2)
    .join(" ");
}
