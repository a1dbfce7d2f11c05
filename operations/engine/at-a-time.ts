import type { StackContext } from "../../stack/context.ts";

/**
 * Resources read, or changed at real vendors, at a time. Each is up to a dozen calls, at different vendors and apps; Fly's
 * limits are per app and kept by the provider (provider/fly/rate-limits.ts), and a call that gets a 429 waits as long as the
 * answer says. Pulumi's own default is four per core, so that a small machine would wait for answers most of the time.
 */
export const AT_A_TIME = 64;

/** Names how many of them this process may take: a run over many stacks shares them out (operations/fleet/stack-runs.ts). */
export const AT_A_TIME_VARIABLE = "TENANTRY_AT_A_TIME";

/** How many resources this process may read or change at a time. Default: `AT_A_TIME`. Pure. */
export function atATime(env: Readonly<Record<string, string | undefined>>): number {
  const given = Number(env[AT_A_TIME_VARIABLE]);
  return Number.isInteger(given) && given > 0 ? Math.min(given, AT_A_TIME) : AT_A_TIME;
}

/** What tells `pulumi` to read so many resources at a time. */
export const readsAtATime: readonly string[] = ["--parallel", String(atATime(process.env))];

/**
 * What tells `pulumi` how many resources to change at a time: `asked`, where somebody has asked for a number. The embedded
 * cloud starts its machines on the cores of this computer: there it stays with Pulumi's own default. Pure.
 */
export function stepsAtATime(
  { settings }: { readonly settings: Pick<StackContext["settings"], "cloud"> },
  asked?: string,
): readonly string[] {
  if (asked !== undefined) return ["--parallel", asked];
  return settings.cloud === "real" ? readsAtATime : [];
}
