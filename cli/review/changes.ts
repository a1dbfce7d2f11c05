import { parseUrn } from "../../provider/plugin/urn.ts";
import type { PreviewDigest, PreviewStep } from "./preview-digest.ts";
import { valueAt } from "./property-path.ts";

/** What happens, or has happened, to one resource. `rotate`: a credential is minted anew because of its age or epoch. */
export type Action = "create" | "update" | "replace" | "rotate" | "delete";

/** One setting, before and after, as text for people. Undefined: it is not there. Secrets read `[secret]`. */
export interface SettingChange {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface ResourceChange {
  /** The kind, for people: "bucket", "access key", "machine". */
  readonly kind: string;
  readonly urn: string;
  readonly name: string;
  /** The vendor's id, where it exists. */
  readonly id: string | undefined;
  readonly action: Action;
  readonly settings: readonly SettingChange[];
  /** It would destroy a tenant's data, and no tenant file declares that. */
  readonly unguarded: boolean;
}

export interface TenantChanges {
  /** The tenant's id; `(stack)` for what several tenants share. */
  readonly tenant: string;
  readonly changes: readonly ResourceChange[];
}

/** A preview or a drift report, grouped by tenant. */
export interface Review {
  readonly stack: string;
  readonly purpose: "plan" | "drift";
  /** Tenants with changes, by id. */
  readonly changed: readonly TenantChanges[];
  /** Ids of the tenants without any; one that failed is not known to be without. */
  readonly unchanged: readonly string[];
  readonly errors: readonly { readonly tenant: string; readonly message: string }[];
}

export const SHARED = "(stack)";

const TENANT_TYPE = "tenantry:index:Tenant";
const KINDS: Readonly<Record<string, string>> = {
  "tenantry:tigris:Bucket": "bucket",
  "tenantry:tigris:AccessKey": "access key",
  "tenantry:turso:Group": "database group",
  "tenantry:turso:Database": "database",
  "tenantry:turso:DatabaseToken": "database token",
  "tenantry:fly:App": "app",
  "tenantry:fly:IpAssignment": "addresses",
  "tenantry:fly:Secrets": "secrets",
  "tenantry:fly:Machine": "machine",
  "tenantry:fly:Volume": "volume",
};
const DATA = new Set(["bucket", "database", "database group", "volume"]);
const CREDENTIALS = new Set(["access key", "database token"]);
const ROTATING = new Set(["issued", "epoch"]);
/** What Pulumi writes for a value that only the `up` will know. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * Groups what a preview found by tenant. Pure; the order depends on the names alone.
 *
 * @param purged tenants whose files say `state: purged`: their end is declared
 */
export function review(
  stack: string,
  purpose: Review["purpose"],
  digest: PreviewDigest,
  purged: ReadonlySet<string> = new Set(),
): Review {
  const changes = new Map<string, Map<string, ResourceChange>>();
  const seen = new Set<string>();
  for (const step of digest.steps) {
    const tenant = tenantOf(step.urn);
    seen.add(tenant);
    const change = changeOf(step, purpose, purged.has(tenant));
    if (change === undefined) continue;
    const ofTenant = changes.get(tenant) ?? new Map<string, ResourceChange>();
    const earlier = ofTenant.get(step.urn);
    ofTenant.set(step.urn, earlier === undefined ? change : merged(earlier, change));
    changes.set(tenant, ofTenant);
  }
  const changed = [...changes]
    .map(([tenant, found]) => ({ tenant, changes: [...found.values()].sort(byUrn) }))
    .sort((one, other) => compare(one.tenant, other.tenant));
  const errors = digest.errors
    .map(({ urn, message }) => ({ tenant: urn === "" ? SHARED : tenantOf(urn), message }))
    .sort((one, other) => compare(one.tenant, other.tenant) || compare(one.message, other.message));
  const failed = new Set(errors.map(({ tenant }) => tenant));
  const unchanged = [...seen]
    .filter((tenant) => tenant !== SHARED && !changes.has(tenant) && !failed.has(tenant))
    .sort();
  return { stack, purpose, changed, unchanged, errors };
}

/** The tenant a resource belongs to: all below a Tenant component are named after it. */
export function tenantOf(urn: string): string {
  const { types, name } = parseUrn(urn);
  return types.includes(TENANT_TYPE) ? (name.split("/")[0] ?? name) : SHARED;
}

function changeOf(step: PreviewStep, purpose: Review["purpose"], isPurged: boolean): ResourceChange | undefined {
  const { types, name } = parseUrn(step.urn);
  const kind = KINDS[types.at(-1) ?? ""];
  const operation = operationOf(step.op);
  if (kind === undefined || operation === undefined) return undefined;
  const settings = settingsOf(step);
  const action = operation === "replace" && CREDENTIALS.has(kind) && onlyRotates(settings) ? "rotate" : operation;
  // A plan counts what would be destroyed; in a drift report the destruction has happened already.
  const destroys = DATA.has(kind) && purpose === "plan" && (action === "delete" || action === "replace");
  const unguarded = destroys && !(isPurged && action === "delete");
  return { kind, urn: step.urn, name, id: step.oldState?.id ?? step.newState?.id, action, settings, unguarded };
}

function operationOf(op: string): Exclude<Action, "rotate"> | undefined {
  switch (op) {
    case "create":
    case "import":
      return "create";
    case "update":
      return "update";
    case "replace":
    case "create-replacement":
    case "delete-replaced":
    case "import-replacement":
      return "replace";
    case "delete":
      return "delete";
    default:
      return undefined;
  }
}

function settingsOf(step: PreviewStep): SettingChange[] {
  const before = step.oldState?.inputs;
  const after = step.newState?.inputs;
  return Object.entries(step.detailedDiff ?? {})
    .sort(([one], [other]) => compare(one, other))
    .map(([path, { kind }]) => ({
      path,
      // Inside a secret map only the kind tells what is there and what is not.
      before: kind.startsWith("add") ? undefined : readable(valueAt(before, path)),
      after: kind.startsWith("delete") ? undefined : readable(valueAt(after, path)),
    }));
}

function onlyRotates(settings: readonly SettingChange[]): boolean {
  return settings.length > 0 && settings.every(({ path }) => ROTATING.has(path));
}

/** A replacement comes as two or three steps; the one with the settings tells most. */
function merged(one: ResourceChange, other: ResourceChange): ResourceChange {
  return one.settings.length >= other.settings.length ? one : other;
}

function readable(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value === UNKNOWN) return "(known after the up)";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}

const byUrn = (one: ResourceChange, other: ResourceChange) => compare(one.urn, other.urn);

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
