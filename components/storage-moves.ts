import { TenantryError } from "../errors/tenantry-error.ts";
import type { Fleet } from "../tenants/load-fleet.ts";
import type { Tenant } from "../tenants/model/tenant.ts";
import { componentErrors } from "./errors.ts";
import type { TenantRecord } from "./tenant-record.ts";

type Backend = Tenant["storage"]["backend"];
type Existing = Pick<TenantRecord, "backend" | "kept">;
/** By tenant. A map: an id may be the name of what every object has, such as `constructor`. */
type Records = ReadonlyMap<string, Existing>;

/**
 * Throws STORAGE_MOVE_UNDECLARED, for all tenants at once, when a file no longer names storage that exists: what is neither
 * used nor kept would be deleted. Storage that was released in a step before may go.
 *
 * @param existing what the last deployment left of each tenant
 */
export function refuseUndeclaredMoves({ stack, tenants }: Fleet, existing: Records): void {
  const undeclared = tenants
    .filter(({ state }) => state !== "purged")
    .flatMap((tenant) =>
      guarded(existing.get(tenant.id))
        .filter((backend) => !isNamed(tenant, backend))
        .map((backend) => `tenants/${stack}/${tenant.id}.yaml says nothing of ${backend}, where the tenant has files`),
    );
  if (undeclared.length === 0) return;
  throw new TenantryError(componentErrors.STORAGE_MOVE_UNDECLARED, undeclared.join("; "));
}

/** What a move that is about to happen means, in words; undefined when the tenant stays where it is. */
export function moveInWords({ id, storage: { backend }, kept = [] }: Tenant, existing: Records): string | undefined {
  const record = existing.get(id);
  const from = record?.backend;
  if (from === undefined || from === backend) return undefined;
  const guard = kept.find((left) => left.backend === from)?.guard;
  const stays = guard === "released" ? "stays, but is no longer protected" : "stays, protected";
  return (
    `moves from ${from} to ${backend}: a new machine is made on ${isKept(record, backend) ? "what was kept there" : "new, EMPTY storage"}; ` +
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
