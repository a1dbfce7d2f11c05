import { spawnSync } from "node:child_process";

import { atLeast } from "../../../tools/at-least.ts";
import type { Environment } from "../../../tools/environment.ts";
import type { Gate, Measured } from "../gate.ts";
import type { ScratchTenants } from "../scratch-tenants.ts";

/** The oldest whose copies and options are those that are measured. */
const MINIMUM = "0.5";

/** The version of the Litestream that is on PATH; undefined: there is none, or it is too old. */
export function litestreamOnPath(env: Environment): string | undefined {
  const { status, stdout } = spawnSync("litestream", ["version"], { env, encoding: "utf8" });
  if (status !== 0) return undefined;
  const version = stdout.trim();
  return atLeast(MINIMUM, version) ? version : undefined;
}

/** What every gate says where there is no Litestream. */
export const NO_LITESTREAM =
  "Litestream is not installed; building it may take ten minutes: npx tenantry setup --gates";

/** What `measure` finds, with the version it was found with; or, of every gate, that there is no Litestream. */
export async function withLitestream(
  scratch: ScratchTenants,
  gates: readonly Gate[],
  measure: (version: string) => Promise<Readonly<Record<string, Measured>>>,
): Promise<Readonly<Record<string, Measured>>> {
  const version = litestreamOnPath(scratch.env);
  if (version !== undefined) return measure(`Litestream ${version} with its defaults: a copy every second`);
  return Object.fromEntries(gates.map(({ id }) => [id, { why: NO_LITESTREAM, samples: [], how: "" }]));
}
