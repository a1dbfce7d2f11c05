import type { Estimate } from "../../cost/estimate.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import type { Entry } from "../history/entry.ts";
import { SHARED } from "../engine/steps.ts";
import type { Credential } from "./credentials.ts";
import type { DriftFound, Gates } from "./input-file.ts";

/** One tenant of the report. */
export interface ReportRow {
  readonly tenant: string;
  readonly owner: string;
  readonly state: Tenant["state"];
  readonly region: string;
  readonly backend: string;
  readonly stands: boolean;
  /** `unknown`: drift was not looked for, or could not be told. */
  readonly drift: { readonly state: "none" | "unknown" } | { readonly state: "found"; readonly count: number };
  /** Those due first come first. */
  readonly credentials: readonly Credential[];
  /** GB as the vendors give them; undefined: not measured. */
  readonly filesGb: number | undefined;
  readonly databaseGb: number | undefined;
  /** US dollars a month; assumptions are in it. */
  readonly usd: number;
  readonly isPriceKnown: boolean;
  /** The manifest of the last export that the tenant file names. */
  readonly exported: string | undefined;
  /** The last change that the history knows. */
  readonly changed: { readonly at: number; readonly actor: string } | undefined;
}

export interface FleetReport {
  readonly stack: string;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  readonly rows: readonly ReportRow[];
  readonly usd: number;
  readonly unknownPrices: readonly string[];
  /** Milliseconds since 1970; undefined: drift was not looked for. */
  readonly driftCheckedAt: number | undefined;
  /** What could not be compared, and why. */
  readonly blind: readonly string[];
  /** Resources that differ and belong to no tenant alone. */
  readonly sharedDrift: number;
  readonly gates: Gates | undefined;
}

export interface ReportSources {
  readonly stack: string;
  readonly now: Date;
  readonly tenants: readonly Tenant[];
  /** Ids of the tenants that stand. */
  readonly standing: ReadonlySet<string>;
  readonly credentials: ReadonlyMap<string, readonly Credential[]>;
  readonly estimate: Estimate;
  readonly history: readonly Entry[];
  readonly drift: DriftFound | undefined;
  readonly gates: Gates | undefined;
}

/** Puts together what is known of a fleet. Pure. */
export function fleetReport(sources: ReportSources): FleetReport {
  const { stack, now, tenants, estimate, drift, gates } = sources;
  const costs = new Map(estimate.tenants.map((each) => [each.tenant, each]));
  const changed = lastChanges(sources.history);
  const drifting = new Map((drift?.changed ?? []).map(({ tenant, changes }) => [tenant, changes.length]));
  const calm = new Set(drift?.unchanged ?? []);
  return {
    stack,
    madeAt: now.getTime(),
    rows: tenants.map((tenant) => {
      const cost = costs.get(tenant.id);
      const figure = (key: "storedGb" | "databaseGb") => (cost?.measured.includes(key) ? cost.usage[key] : undefined);
      const count = drifting.get(tenant.id);
      return {
        tenant: tenant.id,
        owner: tenant.owner,
        state: tenant.state,
        region: tenant.region,
        backend: backendOf(tenant),
        stands: sources.standing.has(tenant.id),
        drift:
          count === undefined
            ? { state: calm.has(tenant.id) ? ("none" as const) : ("unknown" as const) }
            : { state: "found" as const, count },
        credentials: sources.credentials.get(tenant.id) ?? [],
        filesGb: figure("storedGb"),
        databaseGb: figure("databaseGb"),
        usd: cost?.usd ?? 0,
        isPriceKnown: (cost?.unknown ?? []).length === 0,
        exported: tenant.manifest?.path,
        changed: changed.get(tenant.id),
      };
    }),
    usd: estimate.usd,
    unknownPrices: estimate.unknown,
    driftCheckedAt: drift === undefined ? undefined : Date.parse(drift.checkedAt),
    blind: (drift?.blind ?? []).map(({ aspect, why }) => `${aspect}: ${why}`),
    sharedDrift: drifting.get(SHARED) ?? 0,
    gates,
  };
}

function backendOf({ storage, database }: Tenant): string {
  return `${storage.backend}${database.engine === "turso" ? " + turso" : ""}`;
}

function lastChanges(history: readonly Entry[]): ReadonlyMap<string, { at: number; actor: string }> {
  const found = new Map<string, { at: number; actor: string }>();
  for (const { tenant, time, actor } of history)
    if (tenant !== undefined) found.set(tenant, { at: Date.parse(time), actor });
  return found;
}

/** Whether a gate is kept; undefined: not measured. */
export function isKept({ value, threshold, good }: Gates["gates"][number]): boolean | undefined {
  if (value === null) return undefined;
  return good === "below" ? value <= threshold : value >= threshold;
}

export const DUE_SOON_DAYS = 7;
const DAY_MS = 86_400_000;

/** Days until `time`, rounded down: negative when it has passed. */
export function daysUntil(time: number, now: number): number {
  return Math.floor((time - now) / DAY_MS);
}

/** Whether a tenant has a credential that is due within `DUE_SOON_DAYS`, or overdue. */
export function isDueSoon({ credentials: [first] }: ReportRow, now: number): boolean {
  return first !== undefined && daysUntil(first.due, now) < DUE_SOON_DAYS;
}

/** The figures at the top of a report. */
export function totals({ rows, madeAt }: FleetReport) {
  const count = (isMeant: (row: ReportRow) => boolean) => rows.filter(isMeant).length;
  const sum = (figure: "filesGb" | "databaseGb") => rows.reduce((all, row) => all + (row[figure] ?? 0), 0);
  return {
    tenants: rows.length,
    states: (["active", "suspended", "offboarding", "purged"] as const).map((state) => ({
      state,
      count: count((row) => row.state === state),
    })),
    missing: count(({ stands, state }) => !stands && state !== "purged"),
    drifting: count(({ drift }) => drift.state === "found"),
    unknownDrift: count(({ drift, state }) => drift.state === "unknown" && state !== "purged"),
    dueSoon: count((row) => isDueSoon(row, madeAt)),
    filesGb: sum("filesGb"),
    databaseGb: sum("databaseGb"),
    measured: count(({ filesGb, databaseGb }) => filesGb !== undefined || databaseGb !== undefined),
  };
}
