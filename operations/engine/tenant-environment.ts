import { writtenSecrets } from "../../provider/fly/secrets.ts";
import type { RecordedTenant } from "./recorded-tenants.ts";
import { inClear, type StoredResource } from "./stack-state.ts";
import { tenantOf } from "./steps.ts";

/** The plain environment of a tenant: what a machine gets without its secrets. */
export function plainEnvironment({ machine }: RecordedTenant): Readonly<Record<string, string>> {
  return machine.config["env"] as Record<string, string>;
}

/** The secret environment of a tenant, from the stack's state read with its secrets. Never print it unasked. */
export function secretEnvironment(
  tenant: string,
  resources: readonly StoredResource[],
): Readonly<Record<string, string>> {
  const stored = resources.find(({ type, urn }) => type === "tenantry:fly:Secrets" && tenantOf(urn) === tenant);
  const values = (inClear(stored?.inputs["values"]) ?? {}) as Record<string, string>;
  return writtenSecrets({ values, templates: (stored?.inputs["templates"] ?? {}) as Record<string, string> });
}

/** `NAME=value` lines that sh, dotenv and docker read alike: values in single quotes where they need them. */
export function envLines(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(
      ([name, value]) => `${name}=${/^[\w./:@%+,=-]*$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`}\n`,
    )
    .join("");
}
