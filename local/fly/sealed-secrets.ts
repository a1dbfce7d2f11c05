import type { Keys } from "./keys.ts";
import type { SecretsAtVersion } from "./records.ts";

/** The values that `sealed` holds. Only for a machine's start. */
export function openSecrets(keys: Keys, appId: string, sealed: SecretsAtVersion["sealed"]) {
  return new Map(Object.entries(sealed).map(([name, value]) => [name, keys.open(value, purpose(appId, name))]));
}

/** What a sealed value is bound to: moved to another app or name it does not open. */
export function purpose(appId: string, name: string): string {
  return `secret ${appId} ${name}`;
}
