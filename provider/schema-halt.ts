import { TenantryError } from "../errors/tenantry-error.ts";
import { schemaErrors } from "../tenants/schemas/errors.ts";
import type { Serving } from "./http/serving.ts";

/** Number of databases on which a migration may fail in one run before no further one starts. */
const MOST_FAILED = 3;

/** Ends a run whose migrations fail on one database after the other, for each rollout on its own. */
export class SchemaHalt {
  readonly #failed = new Map<string, number>();

  /** Does `work`, unless too many have failed before. Throws SCHEMA_HALTED. */
  async guard<Result>(
    pace: { readonly rollout: string; readonly halt: number } | undefined,
    { tenant }: Serving,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const key = pace?.rollout ?? "";
    const failed = this.#failed.get(key) ?? 0;
    if (failed >= (pace?.halt ?? MOST_FAILED))
      throw new TenantryError(schemaErrors.SCHEMA_HALTED, `${failed} databases failed in this run`, { tenant });
    try {
      return await work();
    } catch (error) {
      if (COUNTED.some((kind) => TenantryError.is(error, kind)))
        this.#failed.set(key, (this.#failed.get(key) ?? 0) + 1);
      throw error;
    }
  }
}

const COUNTED = [schemaErrors.SCHEMA_MIGRATION_FAILED, schemaErrors.SCHEMA_MIGRATOR_FAILED];
