import { TenantryError } from "../../errors/tenantry-error.ts";
import type { CloudStatus } from "../../local/admin.ts";
import { cloudStatus } from "../../local/cloud.ts";
import type { EngineState } from "../../local/supervision.ts";
import type { StackContext } from "../../stack/context.ts";
import { stackErrors } from "../../stack/errors.ts";

/** What a verb first reports about the embedded cloud. */
export interface CloudFindings {
  /** Engines that do not serve right now: what they keep cannot be seen. */
  readonly absent: readonly string[];
  /** Engines that had to be started again a short while ago. */
  readonly restarted: readonly string[];
}

const NOTHING: CloudFindings = { absent: [], restarted: [] };
/** Milliseconds. A restart explains what somebody has just seen; later it is history, which `cloud status` keeps. */
const NEWS_MS = 600_000;

/**
 * Looks whether a stack's embedded cloud is there and well, with one call on this computer. Nothing for a real cloud.
 * Throws CLOUD_NOT_UP when it does not answer, also when it was killed.
 */
export async function cloudFindings({ settings, home }: StackContext, now: Date): Promise<CloudFindings> {
  if (settings.cloud !== "embedded") return NOTHING;
  const status = await cloudStatus(home);
  if (status === undefined) {
    throw new TenantryError(stackErrors.CLOUD_NOT_UP, `no embedded cloud answers for ${home}`);
  }
  return findingsOf(status, now);
}

/** The same of a status. Pure. */
export function findingsOf({ engines }: Pick<CloudStatus, "engines">, now: Date): CloudFindings {
  const isNews = ({ lastFailure }: EngineState) =>
    lastFailure !== undefined && now.getTime() - Date.parse(lastFailure.at) < NEWS_MS;
  return {
    absent: engines.filter(({ state }) => state !== "up").map(engineInWords),
    restarted: engines.filter((engine) => engine.state === "up" && isNews(engine)).map(engineInWords),
  };
}

/** `sqld is up, started again 2 times, last at 2026-11-26T12:00:00Z (signal SIGKILL)`. */
export function engineInWords({ name, state, restarts, lastFailure }: EngineState): string {
  const now = state === "restarting" ? "is being started again" : `is ${state}`;
  if (lastFailure === undefined) return `${name} ${now}`;
  const times = restarts === 0 ? "" : `, started again ${restarts === 1 ? "once" : `${restarts} times`}`;
  return `${name} ${now}${times}, last ended at ${lastFailure.at} (${lastFailure.why})`;
}
