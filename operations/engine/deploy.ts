import { stepsAtATime } from "./at-a-time.ts";
import { usesAws } from "../../components/resources/aws.ts";
import { declaredFleet } from "../../stack/declared-fleet.ts";
import type { StackContext } from "../../stack/context.ts";
import { DeploymentEvents, type TenantOutcome } from "./deployment-events.ts";
import { pulumiFailure, runPulumi } from "./pulumi.ts";
import type { StoredResource } from "./stack-state.ts";
import { refuseLockedStack, refuseStackLockedElsewhere } from "./stack-lock.ts";
import { limitedEnvironment, targetArgs } from "./targets.ts";

export interface Deployment {
  /** What `pulumi` is called with: `up`, `destroy`, and what is special to them. */
  readonly args: readonly string[];
  /** Ids of the tenants that it is limited to, and all that the state holds; default: all of the stack. */
  readonly limit?: { readonly tenants: readonly string[]; readonly stored: readonly StoredResource[] } | undefined;
  /** What the program is told beyond that (targets.ts). */
  readonly env?: Readonly<Record<string, string>>;
  /** URNs of the resources that it is to change. */
  readonly expected: readonly string[];
  /** How many resources at a time; default: `stepsAtATime`. */
  readonly parallel?: string | undefined;
  /** Write the state after every step, not once at the end. */
  readonly checkpoints?: boolean | undefined;
  /** Told of every resource that was changed. */
  readonly onChange?: (tenant: string, what: string) => void;
}

export interface Deployed {
  readonly outcomes: TenantOutcome[];
  /** The engine came to its own end. Otherwise it may have left things undone that it never spoke of. */
  readonly isWhole: boolean;
}

/** Whether every tenant came out well. */
export function isWell(outcomes: readonly TenantOutcome[]): boolean {
  return outcomes.every(({ result }) => result === "ok");
}

/**
 * Runs a deployment and tells how each tenant fared, also when it was interrupted and when the engine died on the way.
 * Throws STACK_LOCKED and PULUMI_FAILED when it did not come to begin.
 */
export async function deploy(
  context: StackContext,
  { args, limit, env = {}, expected, parallel, checkpoints = false, onChange }: Deployment,
): Promise<Deployed> {
  const events = new DeploymentEvents(onChange);
  const { tenants } = declaredFleet(context);
  const only = limit?.tenants ?? [];
  const chosen = tenants.filter(({ id }) => only.includes(id));
  const targets = targetArgs(context.stack, chosen, limit?.stored ?? []);
  const atATime = stepsAtATime(context, parallel);
  const all = [
    ...args,
    ...atATime,
    ...targets,
    "--yes",
    "--skip-preview",
    "--json",
    "--continue-on-error",
    "--suppress-outputs",
  ];
  // Every create can be repeated, so the state need not be written after each step: that is four fifths of the time.
  // Those of AWS can't: what an interrupted run leaves there has to be in the state.
  const isWritten = checkpoints || tenants.some(usesAws);
  const skipping: Record<string, string> = isWritten ? {} : { PULUMI_SKIP_CHECKPOINTS: "true" };
  const stop = () => {
    events.stop();
  };
  for (const signal of STOPPING) process.on(signal, stop);
  const finished = await runPulumi(context, all, {
    env: { ...skipping, ...limitedEnvironment(only), ...env },
    onLine: (line) => {
      events.take(line);
    },
  }).finally(() => {
    for (const signal of STOPPING) process.off(signal, stop);
  });
  const outcomes = events.outcomes(finished.code === 0 ? [] : expected);
  const deployed = { outcomes, isWhole: events.isTold };
  if (finished.code === 0 || outcomes.some(({ errors }) => errors.length > 0)) return deployed;
  refuseLockedStack(context);
  refuseStackLockedElsewhere(context, finished.stderr);
  if (events.hasBegun) return deployed;
  throw pulumiFailure(context, all, finished);
}

const STOPPING = ["SIGINT", "SIGTERM"] as const;
