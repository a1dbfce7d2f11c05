import * as z from "zod";

import { appOf } from "./apps.ts";
import { type Call, type FlyOperation, json } from "./operation.ts";
import type { Platform } from "./platform.ts";
import { failedPrecondition, invalidArgument, notFound } from "./refusal.ts";
import { keyOf, partsOf } from "./tables.ts";
import type { AppRecord, SecretRecord, SecretsAtVersion } from "./records.ts";
import { purpose } from "./sealed-secrets.ts";

/** Fly refuses hyphens in names (alchemy-run, `Fly/Secret.ts`); what else it takes is documented nowhere. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The app's secrets as they are. Throws a 412 when a version is asked for that has not been written yet. */
export function secretsOf({ tables }: Platform, app: AppRecord, minVersion: number | undefined): SecretsAtVersion {
  fence(app, minVersion);
  const sealed = Object.fromEntries(partsOf(tables.secrets, app).map((secret) => [secret.name, secret.sealed]));
  return { version: app.secretsVersion, sealed };
}

const valueSchema = z.object({ value: z.string() });
/** A null unsets the secret. */
const bulkSchema = z.object({ values: z.record(z.string(), z.string().nullable()) });

/** Secrets. The version is told by writes only, the value by nothing: `show_secrets` is ignored outside a machine. */
export function secretOperations(platform: Platform): FlyOperation[] {
  const { tables } = platform;
  const app = (call: Call) => appOf(platform, call, "flaps");
  return [
    {
      name: "GET /v1/apps/{app}/secrets",
      service: "flaps",
      handle(call) {
        fence(app(call), versionOf(call));
        return json({ secrets: partsOf(tables.secrets, app(call)).map(shown) });
      },
    },
    {
      name: "POST /v1/apps/{app}/secrets",
      service: "flaps",
      async handle(call) {
        const { values } = await call.body(bulkSchema);
        const { version, written } = write(platform, app(call), values);
        return json({ secrets: written.map(shown), version, Version: version });
      },
    },
    {
      name: "GET /v1/apps/{app}/secrets/{secret}",
      service: "flaps",
      handle(call) {
        fence(app(call), versionOf(call));
        const secret = tables.secrets.get(keyOf(app(call), call.param("secret")));
        if (secret === undefined) throw notFound("secret");
        return json(shown(secret));
      },
    },
    {
      name: "POST /v1/apps/{app}/secrets/{secret}",
      service: "flaps",
      async handle(call) {
        const { value } = await call.body(valueSchema);
        const { version, written } = write(platform, app(call), { [call.param("secret")]: value });
        return json({ ...written.map(shown)[0], version, Version: version }, 201);
      },
    },
    {
      // Also for a name that is not set: flyctl unsets a made-up one to learn the version.
      name: "DELETE /v1/apps/{app}/secrets/{secret}",
      service: "flaps",
      handle(call) {
        const { version } = write(platform, app(call), { [call.param("secret")]: null });
        return json({ version, Version: version });
      },
    },
  ];
}

/** Sets and unsets at once: all of it or nothing. */
function write(
  { store, tables, keys, clock }: Platform,
  app: AppRecord,
  values: Readonly<Record<string, string | null>>,
): { version: number; written: SecretRecord[] } {
  const wrong = Object.keys(values).find((name) => !NAME.test(name));
  if (wrong !== undefined) throw invalidArgument(`secret name "${wrong}" is invalid`);
  const now = clock().toISOString();
  const version = app.secretsVersion + 1;
  return store.atomically(() => {
    const written = Object.entries(values).flatMap(([name, value]) => {
      const key = keyOf(app, name);
      if (value === null) {
        tables.secrets.remove(key);
        return [];
      }
      const secret: SecretRecord = {
        name,
        sealed: keys.seal(value, purpose(app.id, name)),
        digest: keys.digest(value, purpose(app.id, name)),
        createdAt: tables.secrets.get(key)?.createdAt ?? now,
        updatedAt: now,
      };
      tables.secrets.put(key, secret);
      return [secret];
    });
    tables.apps.put(app.name, { ...app, secretsVersion: version });
    return { version, written };
  });
}

function fence(app: AppRecord, minVersion: number | undefined): void {
  if (minVersion !== undefined && minVersion > app.secretsVersion) {
    throw failedPrecondition(`secrets version ${minVersion} is not available`);
  }
}

/** The OpenAPI file calls the parameter `min_version`, fly-go `version`. */
function versionOf(call: Call): number | undefined {
  const text = call.query("min_version") ?? call.query("version");
  return text === undefined ? undefined : Number(text);
}

function shown({ name, digest, createdAt, updatedAt }: SecretRecord) {
  return { name, digest, created_at: createdAt, updated_at: updatedAt };
}
