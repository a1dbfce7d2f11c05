import type { Estimate } from "../../cost/estimate.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import type { Entry } from "../history/entry.ts";
import { lastSnapshots, lateSnapshots, type RestorePoints, restorePoints } from "../history/snapshots-due.ts";
import { SHARED } from "../engine/steps.ts";
import { DUE_SOON_DAYS } from "../engine/coming-due.ts";
import type { Credential } from "../engine/credentials.ts";
import type { DriftedThing, DriftFound, Gates } from "./input-file.ts";
import type { TenantView } from "./tenant-view.ts";

/** One tenant of the report. */
export interface ReportRow extends TenantView {
  readonly tenant: string;
  readonly owner: string;
  readonly state: Tenant["state"];
  /** `2027-01-31`: the day its trial ends. Undefined: it has no end, or is no longer active. */
  readonly expires: string | undefined;
  readonly region: string;
  readonly backend: string;
  readonly exists: boolean;
  /** `unknown`: drift was not looked for, or could not be told. */
  readonly drift:
    { readonly state: "none" | "unknown" } | { readonly state: "found"; readonly things: readonly DriftedThing[] };
  /** Where its app is reached; undefined: nowhere from here. */
  readonly url: string | undefined;
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
  /** What it can be restored from; undefined: the history knows of no snapshot. */
  readonly restore: RestorePoints | undefined;
  /** Whether its file asks for snapshots and the last is too old, or there is none; false where the history is not the team's. */
  readonly isSnapshotLate: boolean;
  /** The last change that the history knows. */
  readonly changed: { readonly at: number; readonly actor: string } | undefined;
}

/** A tenant without a file that can be used, of which something exists. */
export interface Undeclared {
  readonly tenant: string;
  /** Whether the stack's state holds resources of it. */
  readonly exists: boolean;
  /** Whether it has a file, which is invalid. */
  readonly hasFile: boolean;
  /** What drifts of it, or is at the vendors under its name. */
  readonly things: readonly DriftedThing[];
}

/** Everything that the report's page shows. */
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
  /** What drifts and belongs to no tenant alone. */
  readonly shared: readonly DriftedThing[];
  readonly undeclared: readonly Undeclared[];
  readonly gates: Gates | undefined;
}

/** Where the parts of a report come from; each may be missing. */
export interface ReportSources {
  readonly stack: string;
  readonly now: Date;
  readonly tenants: readonly Tenant[];
  /** Ids of the tenants that exist. */
  readonly recorded: ReadonlySet<string>;
  /** Ids of tenants of which the state holds resources, the half-made ones too. */
  readonly inState: readonly string[];
  /** Ids of those whose files are invalid. */
  readonly unsound: readonly string[];
  /** Where the apps are reached, by tenant. */
  readonly urls: ReadonlyMap<string, string>;
  readonly credentials: ReadonlyMap<string, readonly Credential[]>;
  readonly viewOf: (tenant: Tenant) => TenantView;
  readonly estimate: Estimate;
  readonly history: readonly Entry[];
  /** Whether the whole team writes it: else nothing can be said of what is late. */
  readonly isHistoryShared: boolean;
  readonly drift: DriftFound | undefined;
  readonly gates: Gates | undefined;
}

/** Puts together what is known of a fleet. Pure. */
export function fleetReport(sources: ReportSources): FleetReport {
  const { stack, now, tenants, estimate, drift, gates } = sources;
  const costs = new Map(estimate.tenants.map((each) => [each.tenant, each]));
  const changed = lastChanges(sources.history);
  const points = restorePoints(sources.history);
  const late = sources.isHistoryShared ? withLateSnapshot(sources, points) : new Set<string>();
  const drifting = drift?.changed ?? new Map<string, readonly DriftedThing[]>();
  const calm = new Set(drift?.unchanged ?? []);
  return {
    stack,
    madeAt: now.getTime(),
    rows: tenants.map((tenant) => {
      const cost = costs.get(tenant.id);
      const figure = (key: "storedGb" | "databaseGb") => (cost?.measured.includes(key) ? cost.usage[key] : undefined);
      const things = drifting.get(tenant.id);
      return {
        ...sources.viewOf(tenant),
        tenant: tenant.id,
        owner: tenant.owner,
        state: tenant.state,
        expires: tenant.state === "active" ? tenant.expires : undefined,
        region: tenant.region,
        backend: backendOf(tenant),
        exists: sources.recorded.has(tenant.id),
        drift:
          things === undefined
            ? { state: calm.has(tenant.id) ? ("none" as const) : ("unknown" as const) }
            : { state: "found" as const, things },
        url: sources.urls.get(tenant.id),
        credentials: sources.credentials.get(tenant.id) ?? [],
        filesGb: figure("storedGb"),
        databaseGb: figure("databaseGb"),
        usd: cost?.usd ?? 0,
        isPriceKnown: (cost?.unknown ?? []).length === 0,
        exported: tenant.manifest?.path,
        restore: points.get(tenant.id),
        isSnapshotLate: late.has(tenant.id),
        changed: changed.get(tenant.id),
      };
    }),
    usd: estimate.usd,
    unknownPrices: estimate.unknown,
    driftCheckedAt: drift === undefined ? undefined : Date.parse(drift.checkedAt),
    blind: (drift?.blind ?? []).map(({ aspect, why }) => `${aspect}: ${why}`),
    shared: drifting.get(SHARED) ?? [],
    undeclared: undeclaredIn(sources),
    gates,
  };
}

function withLateSnapshot(
  { tenants, recorded: existing, now }: ReportSources,
  points: ReadonlyMap<string, RestorePoints>,
): ReadonlySet<string> {
  const there = tenants.filter(({ id }) => existing.has(id));
  return new Set(lateSnapshots(there, lastSnapshots(points), now).map(({ tenant }) => tenant));
}

/** By name: those with an invalid file, those whose file is gone, and those that only the vendors know. */
function undeclaredIn({ tenants, unsound, inState, drift }: ReportSources): Undeclared[] {
  const declared = new Set(tenants.map(({ id }) => id));
  const named = new Set([...unsound, ...inState, ...(drift?.changed.keys() ?? [])]);
  return [...named]
    .filter((tenant) => tenant !== SHARED && !declared.has(tenant))
    .sort()
    .map((tenant) => ({
      tenant,
      exists: inState.includes(tenant),
      hasFile: unsound.includes(tenant),
      things: drift?.changed.get(tenant) ?? [],
    }));
}

function backendOf({ storage, database }: Tenant): string {
  return `${storage.backend}${database.engine === "turso" ? " + turso" : ""}`;
}

/** Who changed each tenant last, and when (milliseconds since 1970), as far as the history goes. Pure. */
export function lastChanges(history: readonly Entry[]): ReadonlyMap<string, { at: number; actor: string }> {
  const found = new Map<string, { at: number; actor: string }>();
  for (const { kind, tenant, time, actor } of history)
    if (tenant !== undefined && kind !== "tested") found.set(tenant, { at: Date.parse(time), actor });
  return found;
}

/** Whether a gate is kept; undefined: not measured. */
export function isKept({ value, threshold, good }: Gates["gates"][number]): boolean | undefined {
  if (value === null) return undefined;
  return good === "below" ? value <= threshold : value >= threshold;
}

const DAY_MS = 86_400_000;

/** Days until `time`, rounded down: negative when it has passed. */
export function daysUntil(time: number, now: number): number {
  return Math.floor((time - now) / DAY_MS);
}

/** Whether a tenant has a credential that is due within `DUE_SOON_DAYS`, or overdue; or its trial ends by then. */
export function isDueSoon({ credentials: [first], expires }: ReportRow, now: number): boolean {
  const days = [first?.due, expires === undefined ? undefined : Date.parse(expires)];
  return days.some((day) => day !== undefined && daysUntil(day, now) < DUE_SOON_DAYS);
}

/** Whether its machine or its database has another version than its file declares. Pure. */
export function isBehind({ image, schema, state }: ReportRow): boolean {
  if (state === "purged") return false;
  return (
    (image.applied !== undefined && image.applied !== image.declared) ||
    (schema !== undefined && schema.found !== schema.declared)
  );
}

/** Its settings that do not come from its plan: its own, and those that a rollout has brought. Pure. */
export function ofItsOwn({ settings }: ReportRow): ReportRow["settings"] {
  return settings.filter(({ from }) => from !== "plan");
}

/** The figures at the top of a report. */
export function totals({ rows, undeclared, madeAt }: FleetReport) {
  const count = (isMeant: (row: ReportRow) => boolean) => rows.filter(isMeant).length;
  const sum = (figure: "filesGb" | "databaseGb") => rows.reduce((all, row) => all + (row[figure] ?? 0), 0);
  return {
    tenants: rows.length,
    states: (["active", "suspended", "offboarding", "purged"] as const).map((state) => ({
      state,
      count: count((row) => row.state === state),
    })),
    missing: count(({ exists, state }) => !exists && state !== "purged"),
    drifting:
      count(({ drift }) => drift.state === "found") + undeclared.filter(({ things }) => things.length > 0).length,
    unknownDrift: count(({ drift, state }) => drift.state === "unknown" && state !== "purged"),
    dueSoon: count((row) => isDueSoon(row, madeAt)),
    lateSnapshots: count(({ isSnapshotLate }) => isSnapshotLate),
    hasSnapshots: rows.some(({ restore, isSnapshotLate }) => restore !== undefined || isSnapshotLate),
    filesGb: sum("filesGb"),
    databaseGb: sum("databaseGb"),
    hasFiles: rows.some(({ filesGb }) => filesGb !== undefined),
    hasDatabases: rows.some(({ databaseGb }) => databaseGb !== undefined),
  };
}
