import { TenantryError } from "../../errors/tenantry-error.ts";
import { accountsOf } from "../../stack/accounts.ts";
import type { StackContext } from "../../stack/context.ts";
import { namesAtVendors } from "../../stack/names-at-vendors.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { type Entry, parseEntry } from "../history/entry.ts";
import { historyLog } from "../history/open-log.ts";
import { noted } from "../history/recorded.ts";
import { type Certificate, certificateOf, certificateSchema } from "./certificate.ts";
import { offboardingErrors } from "./errors.ts";
import type { Purging } from "./purging.ts";

/** Writes down what is about to be deleted: for a run that breaks off, and one that goes on from there. */
export async function recordPurging(context: StackContext, { tenant, existed }: Purging): Promise<void> {
  await noted(context, { kind: "purging", tenant: tenant.id, purging: { existed: [...existed] } });
}

/** After a run that has deleted only a part: tries the credentials that it knew, for the next one does not know them. */
export async function recordTried(context: StackContext, { tenant, credentials }: Purging): Promise<void> {
  const accounts = accountsOf(context.settings, context.home, process.env);
  const { triedCredentials } = await vendorsAsked();
  const tried = await triedCredentials(accounts, tenant.id, credentials);
  await noted(context, { kind: "purging", tenant: tenant.id, purging: { tried } });
}

/**
 * Asks the vendors whether a purged tenant is gone, tries its old credentials, and writes the certificate into the history.
 * Without credentials it was deleted by a run that ended before it could do that: they are not known any more.
 */
export async function certified(
  context: StackContext,
  tenant: Tenant,
  credentials: Purging["credentials"],
): Promise<Certificate> {
  const names = namesAtVendors(context, tenant.id);
  const accounts = accountsOf(context.settings, context.home, process.env);
  const { proofOfAbsence } = await vendorsAsked();
  const [absence, entries] = await Promise.all([
    proofOfAbsence(accounts, tenant.id, names, credentials),
    entriesOf(context),
  ]);
  const certificate = certificateOf({
    stack: context.stack,
    tenant,
    at: new Date(),
    absence,
    entries,
  });
  await noted(context, { kind: "certificate", tenant: tenant.id, certificate });
  return certificate;
}

/** The last certificate of a tenant that the stack's history holds. */
export async function certificateIn(context: StackContext, tenant: string): Promise<Certificate | undefined> {
  return certificates(await entriesOf(context)).get(tenant);
}

/**
 * Throws TENANT_ID_PURGED when a tenant that is to be created has the id of one that was purged: its file was the tombstone
 * that kept the id, and is gone or was written over.
 *
 * @param ids tenants that a file declares and of which nothing exists
 */
export async function refusePurgedIds(context: StackContext, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const purged = certificates(await entriesOf(context));
  const again = ids.filter((id) => purged.has(id));
  const [first] = again;
  if (first === undefined) return;
  const when = purged.get(first)?.purgedAt ?? "";
  throw new TenantryError(offboardingErrors.TENANT_ID_PURGED, `${again.join(", ")} (${first} on ${when})`);
}

/** The clients of all vendors are loaded where somebody is purged: each `up` looks into the certificates. */
function vendorsAsked() {
  return import("./proof-of-absence.ts");
}

async function entriesOf(context: StackContext): Promise<readonly Entry[]> {
  return (await historyLog(context).lines()).flatMap((line) => parseEntry(line) ?? []);
}

function certificates(entries: readonly Entry[]): ReadonlyMap<string, Certificate> {
  const found = entries.flatMap(({ kind, certificate }) => {
    const parsed = kind === "certificate" ? certificateSchema.safeParse(certificate).data : undefined;
    return parsed === undefined ? [] : [[parsed.tenant, parsed] as const];
  });
  return new Map(found);
}
