import { TenantryError } from "../../errors/tenantry-error.ts";
import { type Member, type RolloutRecord, withMembers } from "../../rollouts/record.ts";
import { writeRecord } from "../../rollouts/records.ts";
import { rolloutErrors } from "./errors.ts";
import type { Opened } from "./opened.ts";
import { unpinned, writeChanges } from "./pins.ts";
import { subjectsOf } from "./rings.ts";

/** Who is returned to what they had. */
export type WhoReturns =
  /** Those that failed, as far as is known. */
  { readonly failed: ReadonlySet<string> } | { readonly ring: string } | { readonly tenants: readonly string[] };

/**
 * Returns tenants to what they had, in their own files, and touches no other file: first the files, then the record; killed in
 * between it is done again with the same result. Gives who was returned. Throws ROLLOUT_NOT_ITS_TENANT.
 */
export function returnTenants(
  opened: Opened & { readonly record: RolloutRecord },
  who: WhoReturns,
  now: Date,
): readonly string[] {
  const { context, basis: basis, record } = opened;
  const ids = idsOf(opened, who);
  const members = membersIn(record);
  const subjects = subjectsOf(basis.subjects, ids);
  const changes = subjects.map((each) => unpinned(each, record.change, members.get(each.tenant.id)?.before ?? []));
  writeChanges(context.projectDir, changes, subjects);
  const at = now.toISOString();
  const failed = "failed" in who ? who.failed : new Set<string>();
  const why = ({ failed: gate }: Member, id: string) => (gate !== undefined || failed.has(id) ? "failed" : "asked");
  if (ids.length > 0) {
    writeRecord(
      context.projectDir,
      withMembers(record, ids, (member, id) => ({ ...member, returned: { at, why: why(member, id) } })),
    );
  }
  return ids;
}

/** What somebody has edited since is theirs: it is not taken back. */
function idsOf({ view, record, rollout }: Opened & { readonly record: RolloutRecord }, who: WhoReturns): string[] {
  const having = view.rings.flatMap(({ name, tenants }) =>
    tenants.flatMap(({ id, phase }) => (phase === "pinned" || phase === "to-pin" ? [{ id, ring: name }] : [])),
  );
  const refuse = (what: string): never => {
    throw new TenantryError(rolloutErrors.ROLLOUT_NOT_ITS_TENANT, `${what} has nothing from ${rollout.name}`);
  };
  if ("ring" in who) {
    if (!record.rings.some(({ name }) => name === who.ring)) refuse(`the ring ${who.ring}`);
    return having.flatMap(({ id, ring }) => (ring === who.ring ? [id] : []));
  }
  const all = having.map(({ id }) => id);
  if ("tenants" in who) return [...new Set(who.tenants)].map((id) => (all.includes(id) ? id : refuse(id)));
  const members = membersIn(record);
  return all.filter((id) => who.failed.has(id) || members.get(id)?.failed !== undefined);
}

function membersIn({ rings }: RolloutRecord): ReadonlyMap<string, Member> {
  return new Map(rings.flatMap(({ tenants }) => Object.entries(tenants)));
}
