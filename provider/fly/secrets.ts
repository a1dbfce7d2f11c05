import { isDeepStrictEqual } from "node:util";

import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import type { Call, ResourceType } from "../plugin/resource-type.ts";
import type { Serving } from "../http/serving.ts";
import { appName } from "./app.ts";
import type { FlyClient } from "./client.ts";
import { flyErrors } from "./errors.ts";
import type { OwnApps } from "./own-apps.ts";
import type { Digests } from "./secret-calls.ts";

const name = z.string().regex(/^[A-Z_][A-Z0-9_]*$/, "expected a name of A-Z, 0-9 and _, not starting with a digit");

const inputs = z.object({
  tenant: z
    .string()
    .min(1)
    .describe(
      "The tenant whose app this is. Changing it changes nothing at Fly. Default: the start of the resource's name.",
    ),
  app: appName.describe("Name of the app. Changing it replaces the secrets."),
  values: z
    .record(name, z.string())
    .describe(
      "The app's secrets, by the name of the machine's environment variable. One call writes all and unsets removed ones. Machines boot with them only after an update: pass `version` to the machine.",
    ),
  templates: z
    .record(name, z.string())
    .optional()
    .describe(
      "Secrets built from others: `{NAME}` is replaced by the value of that name, as in `libsql://host?authToken={TOKEN}`. A template contains no secret and is shown in clear text. It avoids storing a value twice. Default: none.",
    ),
});

/** Inputs of `tenantry:fly:Secrets`; docs/resources.md describes each. */
export type SecretsInputs = z.infer<typeof inputs>;

/** Outputs of `tenantry:fly:Secrets`: names, digests and the version, never a value. */
export interface SecretsState {
  /** Fly's version of the app's secrets after our last write: what a machine takes as `secretsVersion`. */
  readonly version: number;
  /** Fly's digest of each secret, by name. Says whether a value changed, not what it is. */
  readonly digests: Digests;
}

/**
 * `tenantry:fly:Secrets`: all secrets of an app, in one atomic write. Its id is the app's name. Source: Secrets_update.
 *
 * Fly tells the version to writers only. `flyctl secrets sync` reads it by unsetting a name that does not exist; that
 * trick is not needed here, because a refresh keeps the version of our last write, which is the one machines have to
 * wait for, and what anybody else wrote since then shows in the digests.
 */
export function secretsType(client: FlyClient, apps: OwnApps): ResourceType<SecretsInputs, SecretsState> {
  return {
    token: "tenantry:fly:Secrets",
    inputs,
    replaceOn: ["app"],
    secretInputs: ["values"],
    outputs: ["version", "digests"],
    foresee: (news, known) => (known !== undefined && isSame(news, known.inputs) ? known.state : {}),
    async create(news, call) {
      const { app, tenant } = news;
      await apps.require(news, call);
      const to = serving(tenant, call);
      const values = writtenSecrets(news);
      const found = apps.isAdopted(app) ? ((await client.secretDigests(app, to)) ?? {}) : {};
      const left = Object.keys(found).filter((each) => !(each in values));
      if (left.length > 0)
        call.log(
          "warning",
          `tenantry takes over app ${app} and unsets its undeclared secrets: ${left.sort().join(", ")}`,
        );
      return { id: app, state: await write(client, app, values, left, to) };
    },
    async read(id, known, call) {
      if (known === undefined) throw new TenantryError(flyErrors.FLY_SECRETS_IMPORT, `secrets of app ${id}`);
      const digests = await client.secretDigests(id, serving(known.inputs.tenant, call));
      if (digests === undefined) return undefined;
      const shown = observed(digests, known.inputs, known.state.digests);
      return { id, state: { ...known.state, digests }, inputs: { ...known.inputs, ...shown } };
    },
    async update(_id, known, news, call) {
      if (isSame(news, known.inputs)) return known.state;
      await apps.require(news, call);
      const values = writtenSecrets(news);
      const unset = namesOf(known.inputs).filter((name) => !(name in values));
      return write(client, news.app, values, unset, serving(news.tenant, call));
    },
    async delete(_id, { inputs: stored }, call) {
      if (await apps.isAnothers(stored, call)) return;
      await client.unsetSecrets(stored.app, namesOf(stored), serving(stored.tenant, call));
    },
  };
}

type Declared = Pick<SecretsInputs, "values" | "templates">;

/** Everything that is written to the app, by name, with the templates filled in. Secret. */
export function writtenSecrets({ values, templates = {} }: Declared): Record<string, string> {
  const fill = (template: string) =>
    template.replaceAll(/\{([A-Z_][A-Z0-9_]*)\}/g, (whole, name: string) => values[name] ?? whole);
  const filled = Object.entries(templates).map(([name, template]): [string, string] => [name, fill(template)]);
  return { ...values, ...Object.fromEntries(filled) };
}

function namesOf({ values, templates = {} }: Declared): string[] {
  return [...Object.keys(values), ...Object.keys(templates)];
}

function isSame(news: Declared, stored: Declared): boolean {
  return isDeepStrictEqual([news.values, news.templates ?? {}], [stored.values, stored.templates ?? {}]);
}

async function write(
  client: FlyClient,
  app: string,
  values: Readonly<Record<string, string>>,
  unset: readonly string[],
  to: Serving,
): Promise<SecretsState> {
  const nulls = Object.fromEntries(unset.map((name) => [name, null]));
  const { version, digests } = await client.writeSecrets(app, { ...values, ...nulls }, to);
  const names = Object.keys(values);
  const shown = names.every((name) => name in digests) ? digests : ((await client.secretDigests(app, to)) ?? {});
  return { version, digests: pick(shown, names) };
}

/**
 * The declared secrets as far as they can be known: one whose digest is still the same stays, every other is a marker that
 * says what happened to it. So a refresh names exactly the secrets that differ, and the next `up` writes them again.
 */
function observed(digests: Digests, { values, templates }: Declared, storedDigests: Digests): Declared {
  const shown = (declared: Readonly<Record<string, string>>, found: readonly (readonly [string, string])[]) =>
    Object.fromEntries(
      found.map(([name, digest]) => {
        const stored = declared[name];
        if (stored === undefined) return [name, `(not declared, digest ${digest})`];
        return [name, storedDigests[name] === digest ? stored : `(changed outside, digest ${digest})`];
      }),
    );
  const found = Object.entries(digests);
  if (templates === undefined) return { values: shown(values, found) };
  const [made, given] = [true, false].map((isMade) => found.filter(([name]) => name in templates === isMade));
  return { values: shown(values, given ?? []), templates: shown(templates, made ?? []) };
}

function pick(digests: Digests, names: readonly string[]): Digests {
  return Object.fromEntries(names.flatMap((name) => (digests[name] === undefined ? [] : [[name, digests[name]]])));
}

function serving(tenant: string, call: Call): Serving {
  return { tenant, signal: call.signal };
}
