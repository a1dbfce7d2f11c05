import type { Accounts } from "../../stack/accounts.ts";
import type { TursoLocation } from "../../provider/turso/locations.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import type { DoctorFinding } from "./finding.ts";

/** Asks an account in which locations it can have groups. It throws what `tursoLocations` throws. */
export type AskLocations = (account: Accounts["turso"]) => Promise<readonly TursoLocation[]>;

/** Whether Turso takes the token, and has every location that tenants want their database at. Throws what `ask` throws. */
export async function databaseLocations(
  account: Accounts["turso"],
  tenants: readonly Pick<Tenant, "id" | "state" | "database">[],
  ask: AskLocations,
): Promise<DoctorFinding> {
  const offered = new Set((await ask(account)).map(({ code }) => code));
  const looked = { subject: "turso locations", source: account.endpoint } as const;
  const missing = [...wantedBy(tenants)].filter(([location]) => !offered.has(location));
  if (missing.length === 0) return { ...looked, state: "ok", detail: `${offered.size}, and all that tenants want` };
  return {
    ...looked,
    state: "missing",
    detail: missing.map(([location, ids]) => `no ${location}, as wanted by ${ids.join(", ")}`).join("; "),
    fix: `in these tenants' files, set database.location to one of ${[...offered].sort().join(", ")}`,
  };
}

/** Tenants by the location of their database. */
function wantedBy(tenants: readonly Pick<Tenant, "id" | "state" | "database">[]): ReadonlyMap<string, string[]> {
  const wanting = tenants.flatMap(({ id, state, database }) =>
    state !== "purged" && database.engine === "turso" ? [{ id, location: database.location }] : [],
  );
  const groups = Map.groupBy(wanting, ({ location }) => location);
  return new Map([...groups].map(([location, some]) => [location, some.map(({ id }) => id)]));
}
