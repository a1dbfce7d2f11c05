import { recordedIn, type RecordedTenant } from "../engine/recorded-tenants.ts";
import type { StoredResource } from "../engine/stack-state.ts";
import { tenantOf } from "../engine/steps.ts";
import { secretEnvironment } from "../engine/tenant-environment.ts";
import { personalKeys } from "../files/personal-keys.ts";
import type { Credential, Party } from "./party.ts";

/** Who takes part in a run, and who does not and why. */
export interface Parties {
  readonly parties: readonly Party[];
  readonly leftOut: readonly { readonly tenant: string; readonly why: string }[];
}

/**
 * The tenants of a stack with all their own credentials, from a state that was read with its secrets. A suspended tenant is
 * left out: its credentials open nothing, which would prove nothing.
 */
export function partiesIn(resources: readonly StoredResource[], databaseScheme: "http" | "https"): Parties {
  const all = [...recordedIn(resources)];
  const active = all.filter(([, { state }]) => state === "active");
  return {
    parties: active.map(([tenant, record]) => partyOf(tenant, record, resources, databaseScheme)),
    leftOut: all
      .filter(([, { state }]) => state !== "active")
      .map(([tenant, { state }]) => ({ tenant, why: `is ${state}` })),
  };
}

function partyOf(
  tenant: string,
  { app, machineId, backend, bucket, databaseUrl }: RecordedTenant,
  resources: readonly StoredResource[],
  scheme: "http" | "https",
): Party {
  const secrets = secretEnvironment(tenant, resources);
  const name = databaseName(tenant, resources);
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    DATABASE_AUTH_TOKEN: token,
  } = secrets;
  const people = personalKeys(tenant, resources).filter((key) => key.enabled && key.backend === "tigris");
  const personal = (wanted: "read-only" | "read-write"): Credential | undefined => {
    const key = people.find(({ mode }) => mode === wanted);
    return key === undefined ? undefined : { accessKeyId: key.keyId, secretAccessKey: key.secret };
  };
  const onTigris = backend === "tigris" && accessKeyId !== undefined && secretAccessKey !== undefined;
  const [writer, reader] = [personal("read-write"), personal("read-only")];
  return {
    tenant,
    app,
    machineId,
    bucket: onTigris ? bucket : undefined,
    database:
      databaseUrl === undefined || name === undefined
        ? undefined
        : { name, url: `${scheme}://${new URL(databaseUrl).host}` },
    credentials: {
      ...(onTigris ? { machine: { accessKeyId, secretAccessKey } } : {}),
      ...(writer === undefined ? {} : { writer }),
      ...(reader === undefined ? {} : { reader }),
      ...(token === undefined ? {} : { database: { token } }),
    },
  };
}

function databaseName(tenant: string, resources: readonly StoredResource[]): string | undefined {
  const stored = resources.find(({ type, urn }) => type === "tenantry:turso:Database" && tenantOf(urn) === tenant);
  const name = stored?.inputs["name"];
  return typeof name === "string" ? name : undefined;
}
