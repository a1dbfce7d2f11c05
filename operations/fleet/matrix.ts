import { TenantryError } from "../../errors/tenantry-error.ts";
import { fleetErrors } from "./errors.ts";
import { counted } from "../../output/counted.ts";

/** One job of a workflow. */
export interface MatrixJob {
  readonly stack: string;
  /** The environment at GitHub that holds the credentials: one for all stacks of a group. */
  readonly environment: string;
}

/** GitHub, "Usage limits": jobs of one matrix. */
const MOST_JOBS = 256;

/**
 * The `matrix` of a GitHub Actions job: one job per stack. Throws MATRIX_TOO_LARGE. Pure.
 *
 * @param stacks each with the group it is part of, if any
 */
export function matrixOf(stacks: readonly { readonly stack: string; readonly group: string | undefined }[]): {
  readonly include: readonly MatrixJob[];
} {
  if (stacks.length > MOST_JOBS) throw new TenantryError(fleetErrors.MATRIX_TOO_LARGE, counted(stacks.length, "stack"));
  return { include: stacks.map(({ stack, group }) => ({ stack, environment: group ?? stack })) };
}
