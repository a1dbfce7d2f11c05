import { Command } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import type { Tenant } from "../tenants/model/tenant.ts";
import { jsonOption, stackOption, tenantsArgument, wideOption } from "./options.ts";
import { clockFrom } from "../provider/clock.ts";
import { type Due, TRIAL } from "../operations/engine/coming-due.ts";
import { type Credential, credentialsOf } from "../operations/engine/credentials.ts";
import { recordedIn, type RecordedTenant } from "../operations/engine/recorded-tenants.ts";
import { resourcesIfMade } from "../operations/engine/stack-state.ts";
import { dueOf, type RestorePoints } from "../operations/history/snapshots-due.ts";
import { tenantsIn, undeclaredTenants } from "../operations/engine/removed-tenants.ts";
import { soundFleet } from "../operations/engine/sound-fleet.ts";
import { declaredTenant } from "../operations/engine/named-tenant.ts";
import { type Column, columnTable, terminalWidth } from "../output/columns.ts";
import { during } from "../output/progress.ts";
import { relativeTime } from "../output/relative-time.ts";
import { inColour } from "../output/state-words.ts";
import { urlsOf } from "../operations/machines/urls.ts";
import { checkHistory } from "../operations/history/check.ts";
import { historyLog } from "../operations/history/open-log.ts";
import { lastChanges } from "../operations/report/fleet-report.ts";
import {
  originIn,
  originWords,
  ringWords,
  schemaWords,
  tenantView,
  type TenantView,
  viewBasis,
} from "../operations/report/tenant-view.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import { note, paint, printJson, printLine } from "../output/terminal.ts";

/** `tenantry list [TENANT...]`: the tenants of a stack and what exists of each. */
export function command(): Command {
  return new Command("list")
    .description("List the tenants of a stack: what their files declare, and which resources exist.")
    .addArgument(tenantsArgument())
    .addOption(stackOption())
    .addOption(wideOption())
    .addOption(jsonOption())
    .action(list);
}

interface ListOptions {
  readonly stack: string;
  readonly wide?: boolean;
  readonly json?: boolean;
}

/** The setting by which a rollout is most often followed. */
const IMAGE = "machine.image";

interface Listed {
  readonly id: string;
  /** Undefined: no file that can be used declares it. */
  readonly tenant: Tenant | undefined;
  /** `valid`, `invalid`, or `removed` of a tenant that exists all the same. */
  readonly file: "valid" | "invalid" | "removed";
  readonly isInState: boolean;
  readonly exists: RecordedTenant | undefined;
  readonly url: string | undefined;
  /** Those due first come first. */
  readonly credentials: readonly Credential[];
  /** What falls due within a week, or has; the earliest first. */
  readonly due: readonly Due[];
  /** What it can be restored from. Undefined: nothing is known of, or its file asks for no snapshots. */
  readonly points: RestorePoints | undefined;
  /** Undefined with the tenant. */
  readonly view: TenantView | undefined;
  /** Undefined: the history knows of none, or was not read. */
  readonly changed: { readonly at: number; readonly actor: string } | undefined;
}

async function list(ids: readonly string[], { stack, wide, json }: ListOptions): Promise<void> {
  const context = openStack(stack);
  const fleet = soundFleet(context);
  const [recorded, urls, stored] = await during(`tenants of ${stack}`, async () => {
    const resources = await resourcesIfMade(context);
    const found = recordedIn(resources);
    return [found, await urlsOf(context, found), resources] as const;
  });
  const undeclared = undeclaredTenants(stored, fleet);
  for (const id of ids) if (!undeclared.some((each) => each.id === id)) declaredTenant(context, id);
  const inState = tenantsIn(stored);
  const basis = viewBasis(context, stored);
  const credentials = credentialsOf(stored);
  const now = clockFrom(process.env)();
  const { due: allDue, points } = await dueOf(context, { tenants: fleet.tenants, resources: stored, now });
  // A history in a bucket is one call per run: it is read where all that is known is asked for.
  const changes = wide === true || json === true ? await knownChanges(context) : new Map<string, never>();
  const due = Map.groupBy(allDue, ({ tenant }) => tenant);
  const about = (id: string) => ({
    id,
    isInState: inState.has(id),
    exists: recorded.get(id),
    url: urls.get(id),
    credentials: credentials.get(id) ?? [],
    due: due.get(id) ?? [],
    points: points.get(id),
    changed: changes.get(id),
  });
  const all: Listed[] = [
    ...fleet.tenants.map(
      (tenant) => ({ ...about(tenant.id), tenant, file: "valid", view: tenantView(tenant, basis) }) as const,
    ),
    ...undeclared.map(
      ({ id, hasFile }) =>
        ({ ...about(id), tenant: undefined, file: hasFile ? "invalid" : "removed", view: undefined }) as const,
    ),
  ];
  const rows = all.filter(({ id }) => ids.length === 0 || ids.includes(id));
  if (json === true) printJson(rows.map(asDocument));
  else
    printLine([columnTable(COLUMNS, rows, wide === true ? Infinity : terminalWidth()), ...adviceOn(rows)].join("\n"));
}

/** Nothing, and that is told, where the history cannot be read: what exists does not hang on it. */
async function knownChanges(context: StackContext): Promise<ReturnType<typeof lastChanges>> {
  try {
    return lastChanges(checkHistory(await historyLog(context).lines()).entries);
  } catch (error) {
    if (!(error instanceof TenantryError)) throw error;
    note(error.message);
    return new Map();
  }
}

function asDocument(listed: Listed) {
  const { id, tenant, file, exists, url, credentials, due, points, view, changed } = listed;
  const { owner = null, state = null, region = null, plan = null } = tenant ?? {};
  const { reason = null, expires = null, hold = null } = tenant ?? {};
  const iso = (time: number) => new Date(time).toISOString();
  return {
    id,
    owner,
    state,
    reason,
    expires,
    hold,
    region,
    plan,
    image: view === undefined ? null : { ...view.image, applied: view.image.applied ?? null, ...originIn(view, IMAGE) },
    schema:
      view?.schema === undefined
        ? null
        : { ...view.schema, found: view.schema.found ?? null, ...originIn(view, "database.schema.version") },
    settings: view?.settings ?? null,
    ring: view?.lastRing === undefined ? null : { ...view.lastRing, at: view.lastRing.at ?? null },
    changed: changed === undefined ? null : { at: iso(changed.at), actor: changed.actor },
    file,
    credentials: credentials.map((each) => ({ what: each.what, issued: iso(each.issued), due: iso(each.due) })),
    snapshots:
      tenant?.snapshots === undefined
        ? null
        : { ...tenant.snapshots, last: points?.last ?? null, tested: points?.tested ?? null },
    due: due.map(({ what, at, isOverdue }) => ({ what, at, isOverdue })),
    exists: exists === undefined ? null : { ...exists, url: url ?? null },
  };
}

/** What to do about tenants whose file is gone. */
function adviceOn(rows: readonly Listed[]): string[] {
  const removed = rows.filter(({ file }) => file === "removed").map(({ id }) => id);
  if (removed.length === 0) return [];
  return [
    `no file declares ${removed.join(", ")}, and it exists: bring the file back and give it up by its state (docs/tenant-file.md); until then plan and up refuse`,
  ];
}

const COLUMNS: readonly Column<Listed>[] = [
  { head: "tenant", of: ({ id }) => id },
  { head: "state", of: ({ tenant, file }) => inColour(tenant?.state ?? file) },
  { head: "exists", of: existsWord },
  { head: "due", of: dueWords, goes: 9 },
  { head: "oldest", of: oldestWords, goes: 3 },
  { head: "snapshot", of: snapshotWords, goes: 3 },
  { head: "tested", of: testedWords, goes: 4 },
  { head: "reason", of: ({ tenant }) => tenant?.reason ?? tenant?.hold ?? "", goes: 4 },
  { head: "region", of: ({ tenant }) => tenant?.region ?? "", goes: 2 },
  { head: "plan", of: ({ tenant }) => tenant?.plan ?? "", goes: 6 },
  { head: "image", of: ({ tenant }) => tenant?.machine.image ?? "", goes: 10 },
  { head: "image from", of: ({ view }) => (view === undefined ? "" : originWords(originIn(view, IMAGE))), goes: 11 },
  { head: "schema", of: ({ view }) => (view === undefined ? "" : schemaWords(view)), goes: 2 },
  { head: "ring", of: ({ view }) => (view?.lastRing === undefined ? "" : ringWords(view.lastRing)), goes: 6 },
  { head: "changed", of: changedWords, goes: 5 },
  { head: "owner", of: ({ tenant }) => tenant?.owner ?? "", goes: 5 },
  { head: "files", of: filesOf, goes: 4 },
  { head: "database", of: ({ exists }) => exists?.databaseUrl ?? "", goes: 3 },
  { head: "app", of: ({ exists }) => exists?.app ?? "", goes: 7 },
  { head: "machine", of: ({ exists }) => exists?.machineId ?? "", goes: 8 },
  { head: "url", of: ({ url }) => url ?? "", goes: 1 },
];

/** What is due first: a trial or a credential, however far away. */
function dueWords({ tenant, credentials: [first], due: [soon] }: Listed): string {
  if (soon !== undefined) return paint(soon.isOverdue ? "red" : "yellow", `${soon.at.slice(0, 10)} ${soon.what}`);
  const expires = tenant?.state === "active" ? tenant.expires : undefined;
  const day = first === undefined ? undefined : new Date(first.due).toISOString().slice(0, 10);
  if (expires !== undefined && (day === undefined || expires <= day)) return `${expires} ${TRIAL}`;
  return first === undefined ? "" : `${day ?? ""} ${first.what}`;
}

/** How long ago, and by whom. */
function changedWords({ changed }: Listed): string {
  if (changed === undefined) return "";
  return `${relativeTime(new Date(changed.at).toISOString(), clockFrom(process.env)())} ${changed.actor}`;
}

/** The age of the oldest credential. */
function oldestWords({ credentials }: Listed): string {
  if (credentials.length === 0) return "";
  const oldest = Math.min(...credentials.map(({ issued }) => issued));
  return relativeTime(new Date(oldest).toISOString(), clockFrom(process.env)());
}

/** The age of the last snapshot, of a tenant whose file asks for them. */
function snapshotWords({ tenant, points }: Listed): string {
  if (tenant?.snapshots === undefined) return "";
  return points === undefined ? "none known" : relativeTime(points.last, clockFrom(process.env)());
}

/** When a snapshot of it was last restored for a test. */
function testedWords({ tenant, points }: Listed): string {
  if (tenant?.snapshots === undefined || points === undefined) return "";
  if (points.tested === null) return "never";
  const { at, isWhole } = points.tested;
  return `${relativeTime(at, clockFrom(process.env)())}${isWhole ? "" : paint("red", ", NOT whole")}`;
}

/** Of a tenant whose first `up` failed half-way parts exist. */
function existsWord({ exists, isInState }: Listed): string {
  if (exists !== undefined) return paint("green", "yes");
  return paint("yellow", isInState ? "partly" : "no");
}

function filesOf({ exists }: Listed): string {
  return exists === undefined ? "" : (exists.bucket ?? `volume ${exists.volume ?? ""}`);
}
