import * as z from "zod";

import { printable } from "../../output/printable.ts";
import { VendorError } from "../http/vendor-error.ts";
import type { Serving } from "../http/serving.ts";
import { appPath, type FlyApi } from "./api.ts";

/** Fly's digest of each secret, by name. How it is computed is not disclosed: only compare two of them. */
export type Digests = Record<string, string>;

/** Calls for an app's secrets; values go in and never come out. */
export interface SecretCalls {
  /** What can be read of the secrets: never a value. Undefined when there is no such app. */
  secretDigests(app: string, serving: Serving): Promise<Digests | undefined>;
  /**
   * Sets and unsets (null) all at once. `version` is for `min_secrets_version` of a machine; only a write tells it.
   * `digests` has what the answer showed, which may be all secrets of the app or only the written ones.
   */
  writeSecrets(
    app: string,
    values: Readonly<Record<string, string | null>>,
    serving: Serving,
  ): Promise<{ version: number; digests: Digests }>;
  /** Unsets all at once. Those that are not set, or an app that is gone, are a success. */
  unsetSecrets(app: string, names: readonly string[], serving: Serving): Promise<void>;
}

const secrets = z
  .array(z.object({ name: z.string(), digest: z.string() }))
  .nullish()
  .transform((list): Digests => Object.fromEntries((list ?? []).map(({ name, digest }) => [name, digest])));
const listAnswer = z.object({ secrets });
// `Version` is the older spelling of the same.
const writeAnswer = z
  .object({ secrets, version: z.int().nullish(), Version: z.int().nullish() })
  .transform((answer) => ({ digests: answer.secrets, version: answer.version ?? answer.Version }))
  .refine(({ version }) => typeof version === "number", { path: ["version"] })
  .transform(({ digests, version }) => ({ digests, version: version ?? 0 }));

/** The calls for secrets over HTTP. Source: Machines API, /v1/apps/{app}/secrets. */
export function secretCalls(api: FlyApi): SecretCalls {
  const operation = "/v1/apps/{app}/secrets";
  const target = (app: string, serving: Serving) => ({
    path: appPath(app, "secrets"),
    resource: `secrets of app ${app}`,
    ...serving,
  });
  return {
    async secretDigests(app, serving) {
      const call = { operation: `GET ${operation}`, method: "GET", ...target(app, serving) } as const;
      return (await api.find(call, listAnswer))?.secrets;
    },
    async writeSecrets(app, values, serving) {
      const call = {
        operation: `POST ${operation}`,
        method: "POST",
        json: { values },
        ...target(app, serving),
      } as const;
      try {
        // The same values written twice are the same secrets.
        return await api.ask({ ...call, idempotent: true }, writeAnswer);
      } catch (error) {
        throw error instanceof VendorError ? withoutValues(error, Object.values(values)) : error;
      }
    },
    async unsetSecrets(app, names, serving) {
      const json = { values: Object.fromEntries(names.map((name) => [name, null])) };
      await api.remove({
        operation: `POST ${operation}`,
        method: "POST",
        json,
        idempotent: true,
        ...target(app, serving),
      });
    },
  };
}

/** Fly's refusal may contain the refused value, whole or cut. */
function withoutValues(error: VendorError, values: readonly (string | null)[]): VendorError {
  const starts = values.flatMap((value) => (value === null || value === "" ? [] : [value.slice(0, SHOWN)]));
  const forms = starts.flatMap((start) => [start, JSON.stringify(start).slice(1, -1), printable(start)]);
  if (!forms.some((form) => error.said.includes(form))) return error;
  const said = "(omitted: it contains a secret)";
  const { status, clocks } = error;
  return new VendorError("Fly", { status, body: undefined, said, clocks }, error.context);
}

/** The number of characters of a secret that counts as a leak. */
const SHOWN = 6;
