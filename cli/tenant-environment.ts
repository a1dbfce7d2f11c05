import { writtenSecrets } from "../provider/fly/secrets.ts";
import type { StandingTenant, StoredResource } from "./stack-state.ts";

/** The plain environment of a tenant: what a machine gets without its secrets. */
export function plainEnvironment({ machine }: StandingTenant): Readonly<Record<string, string>> {
  return machine.config["env"] as Record<string, string>;
}

/** The secret environment of a tenant, from the stack's state read with its secrets. Never print it unasked. */
export function secretEnvironment(
  tenant: string,
  resources: readonly StoredResource[],
): Readonly<Record<string, string>> {
  const stored = resources.find(({ type, inputs }) => type === "tenantry:fly:Secrets" && inputs["tenant"] === tenant);
  const values = stored?.inputs["values"];
  // `pulumi stack export --show-secrets` prints a secret as its JSON text beside Pulumi's signature.
  const plain = (isSecret(values) ? JSON.parse(values.plaintext) : (values ?? {})) as Record<string, string>;
  return writtenSecrets({ values: plain, templates: (stored?.inputs["templates"] ?? {}) as Record<string, string> });
}

function isSecret(value: unknown): value is { plaintext: string } {
  return typeof value === "object" && value !== null && "plaintext" in value && typeof value.plaintext === "string";
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
