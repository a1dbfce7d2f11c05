import { TenantryError } from "../errors/tenantry-error.ts";
import type { Fleet } from "../tenants/load-fleet.ts";
import type { Tenant } from "../tenants/model/tenant.ts";
import { componentErrors } from "./errors.ts";
import type { TenantRecord } from "./tenant-record.ts";

type Backend = Tenant["storage"]["backend"];
type Existing = Pick<TenantRecord, "backend" | "kept">;
/** By tenant. A map, because an id may be the name of a property of every object, such as `constructor`. */
type Records = ReadonlyMap<string, Existing>;

/**
 * Throws STORAGE_MOVE_UNDECLARED, for all tenants at once, when a file no longer names storage that exists: what is neither
 * used nor kept would be deleted. Storage that was released in a step before may go.
 *
 * @param existing the storage of each tenant after the last deployment
 */
export function refuseUndeclaredMoves({ stack, tenants }: Fleet, existing: Records): void {
  const undeclared = tenants
    .filter(({ state }) => state !== "purged")
    .flatMap((tenant) =>
      guarded(existing.get(tenant.id))
        .filter((backend) => !isNamed(tenant, backend))
        .map((backend) => `tenants/${stack}/${tenant.id}.yaml does not mention ${backend}, where the tenant has files`),
    );
  if (undeclared.length === 0) return;
  throw new TenantryError(componentErrors.STORAGE_MOVE_UNDECLARED, undeclared.join("; "));
}

/** The consequences of a planned move, for people; undefined if the tenant does not move. */
export function moveInWords({ id, storage: { backend }, kept = [] }: Tenant, existing: Records): string | undefined {
  const record = existing.get(id);
  const from = record?.backend;
  if (from === undefined || from === backend) return undefined;
  const guard = kept.find((left) => left.backend === from)?.guard;
  const stays = guard === "released" ? "stays, but is no longer protected" : "stays, protected";
  return (
    `moves from ${from} to ${backend}: a new machine is created on ${isKept(record, backend) ? "the storage kept there" : "new, EMPTY storage"}; ` +
    `files are NOT copied. The storage on ${from} ${stays}. To copy files: docs/backends.md`
  );
}

function guarded(record: Existing | undefined): Backend[] {
  if (record === undefined) return [];
  const kept = Object.entries(record.kept ?? {}) as [Backend, "protected" | "released"][];
  return [record.backend, ...kept.flatMap(([backend, guard]) => (guard === "protected" ? [backend] : []))];
}

function isNamed({ storage, kept = [] }: Tenant, backend: Backend): boolean {
  return [storage, ...kept].some((each) => each.backend === backend);
}

function isKept(record: Existing | undefined, backend: Backend): boolean {
  return record?.kept?.[backend] !== undefined;
}
