import { S3Client } from "@aws-sdk/client-s3";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { askConsistently } from "../../provider/tigris/consistent.ts";
import { ownSettings } from "../../provider/tigris/own-settings.ts";
import { refusePages } from "../../provider/tigris/page-refusal.ts";
import { REGION } from "../../provider/tigris/signing.ts";
import { tursoClient, type TursoClient } from "../../provider/turso/client.ts";
import type { Database } from "../../provider/turso/database-calls.ts";
import { libsqlUrl } from "../../provider/turso/data-url.ts";
import { accountsOf } from "../../stack/accounts.ts";
import type { StackContext } from "../../stack/context.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { engineErrors } from "../engine/errors.ts";
import { declaredTenant } from "../engine/named-tenant.ts";
import { resourcesIfMade, type StoredResource } from "../engine/stack-state.ts";
import { tenantOf } from "../engine/steps.ts";
import { handoverErrors } from "./errors.ts";

/** What a tenant has, and the way in to it: with the stack's own credentials, for a suspended tenant's open nothing. */
export interface Holdings {
  readonly tenant: Tenant;
  readonly resources: readonly StoredResource[];
  readonly bucket: string;
  readonly s3: S3Client;
  readonly turso: TursoClient;
  /** Undefined: the tenant has none. */
  readonly database: Database | undefined;
  readonly urlOf: (hostname: string) => string;
  close(): void;
}

/** Throws NO_SUCH_TENANT, NOT_PROVISIONED, EXPORT_NO_BUCKET, and what a vendor refuses. */
export async function holdingsOf(context: StackContext, id: string, signal: AbortSignal): Promise<Holdings> {
  const tenant = declaredTenant(context, id);
  const { backend } = tenant.storage;
  if (backend !== "tigris")
    throw new TenantryError(handoverErrors.EXPORT_NO_BUCKET, `its files are on ${backend}`, { tenant: id });
  const resources = (await resourcesIfMade(context)).filter(
    ({ urn, delete: isReplaced }) => tenantOf(urn) === id && isReplaced !== true,
  );
  const nameOf = (type: string) => resources.find((each) => each.type === type)?.inputs["name"];
  const [bucket, databaseName] = [nameOf("tenantry:tigris:Bucket"), nameOf("tenantry:turso:Database")];
  if (typeof bucket !== "string")
    throw new TenantryError(engineErrors.NOT_PROVISIONED, `${id} has no bucket in ${context.stack} yet`, {
      tenant: id,
    });
  const { tigris, turso: account } = accountsOf(context.settings, context.home, process.env);
  const { accessKeyId, secretAccessKey } = tigris;
  const turso = tursoClient(account);
  const database =
    typeof databaseName === "string" ? await turso.database(databaseName, { tenant: id, signal }) : undefined;
  if (typeof databaseName === "string" && database === undefined)
    throw new TenantryError(engineErrors.NOT_PROVISIONED, `there is no database ${databaseName}`, { tenant: id });
  const s3 = new S3Client({
    ...ownSettings(tigris),
    region: REGION,
    credentials: { accessKeyId, secretAccessKey },
    requestHandler: { connectionTimeout: 10_000, socketTimeout: 60_000 },
  });
  const urlOf = (hostname: string) => libsqlUrl(account.endpoint, hostname);
  return {
    tenant,
    resources,
    bucket,
    s3: refusePages(askConsistently(s3)),
    turso,
    database,
    urlOf,
    close: () => {
      s3.destroy();
    },
  };
}
