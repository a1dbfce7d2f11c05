import { readdirSync } from "node:fs";
import { join } from "node:path";

import { isDeepStrictEqual } from "node:util";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { isActive, type RolloutRecord } from "../../rollouts/record.ts";
import { basisOf } from "../../rollouts/basis.ts";
import type { Rollout } from "../../rollouts/rollout.ts";
import { recordOf } from "../../rollouts/records.ts";
import { rolloutNamed } from "../../rollouts/store.ts";
import { type RolloutBasis, rolloutView, type RolloutView } from "../../rollouts/view.ts";
import { exclusiveLock } from "../../stack/exclusive-lock.ts";
import type { StackContext } from "../../stack/context.ts";
import { rolloutErrors } from "./errors.ts";

/** A rollout in one stack, with all that its verbs read. */
export interface Opened {
  readonly context: StackContext;
  readonly rollout: Rollout;
  /** Undefined: it was not started in this stack. */
  readonly record: RolloutRecord | undefined;
  readonly basis: RolloutBasis;
  readonly view: RolloutView;
}

/** Reads files and nothing else. Throws NO_SUCH_ROLLOUT, ROLLOUT_FILES_INVALID, TENANT_FILES_INVALID. */
export function openRollout(
  context: StackContext,
  name: string,
  now: Date,
  busy: RolloutBasis["busy"] = new Map(),
): Opened {
  const rollout = rolloutNamed(context.projectDir, name);
  const record = recordOf(context.projectDir, context.stack, name);
  const basis = { ...basisOf(context, now), busy };
  return { context, rollout, record, basis: basis, view: rolloutView(rollout, record, basis) };
}

/** An opened rollout that is under way. Throws ROLLOUT_NOT_STARTED, ROLLOUT_CHANGED. */
export function openActive(
  context: StackContext,
  name: string,
  now: Date,
  busy: RolloutBasis["busy"] = new Map(),
): Opened & { readonly record: RolloutRecord } {
  const opened = openRollout(context, name, now, busy);
  const { record } = opened;
  if (record === undefined || !isActive(record)) {
    const what = record === undefined ? "was not started" : `was finished on ${record.finished ?? ""}`;
    throw new TenantryError(rolloutErrors.ROLLOUT_NOT_STARTED, `${name} ${what} in ${context.stack}`);
  }
  if (!isDeepStrictEqual(opened.rollout.change.map(plain), record.change.map(plain)))
    throw new TenantryError(
      rolloutErrors.ROLLOUT_CHANGED,
      `rollouts/${name}.yaml has a different \`change\` than at its start`,
    );
  return { ...opened, record };
}

const plain = ({ path, value }: { readonly path: readonly string[]; readonly value?: unknown }) => ({ path, value });

/** Stacks with a folder of tenants. */
export function stacksWithTenants(projectDir: string): string[] {
  return readdirSync(join(projectDir, "tenants"), { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory() && readdirSync(join(projectDir, "tenants", entry.name)).some((name) => name.endsWith(".yaml"))
        ? [entry.name]
        : [],
    )
    .sort();
}

/** Does `work` with exclusive access to this project's rollouts on this computer. Throws ROLLOUT_BUSY. */
export async function holdingRollouts<Result>(
  { home }: StackContext,
  work: () => Promise<Result> | Result,
): Promise<Result> {
  const lock = exclusiveLock(join(home, "rollouts.lock"));
  if (lock === "held")
    throw new TenantryError(rolloutErrors.ROLLOUT_BUSY, `the lock ${join(home, "rollouts.lock")} is held`);
  try {
    return await work();
  } finally {
    lock.release();
  }
}
