import { printable } from "../../output/printable.ts";
import { shownLines } from "../../output/shown.ts";
import { clockFrom } from "../../provider/clock.ts";
import { accountsOf } from "../../stack/accounts.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { readsAtATime } from "../engine/at-a-time.ts";
import { SHARED, tenantOf } from "../engine/steps.ts";
import { cloudFindings } from "../engine/embedded-cloud.ts";
import type { PreviewDigest } from "../engine/preview-digest.ts";
import { previewDigest } from "../engine/preview.ts";
import type { StackContext } from "../../stack/context.ts";
import type { FileEdit } from "../../tenants/edits/setting-text.ts";
import { adoptionOf } from "./adoption.ts";
import { dueCredential } from "./credentials.ts";
import { declaredStacks } from "./declared-stacks.ts";
import { differencesOf } from "./differences.ts";
import { inOrder } from "./grouping.ts";
import { underRules } from "./ignore-rules.ts";
import { type Inventory, takeInventory } from "./inventory.ts";
import { managedIn } from "./managed.ts";
import type { Stack } from "./ownership.ts";
import { type DriftReport, type DriftFinding, isDrift } from "./report.ts";
import { type SeenResource, seenResources } from "./resources.ts";
import { withoutGone } from "./still-there.ts";
import { unmanagedIn } from "./unmanaged.ts";

export interface Compared {
  readonly report: DriftReport;
  /** The change of its tenant's file that would declare what was found; where there is one. */
  adoptionOf(finding: DriftFinding): FileEdit | undefined;
  readonly tenants: readonly Tenant[];
}

/** What was seen at the vendors, and what it is compared with. */
interface Observed {
  readonly digest: PreviewDigest;
  /** Engines of the embedded cloud that do not serve. */
  readonly absent: readonly string[];
  readonly resources: readonly SeenResource[];
  readonly inventory: Inventory;
  readonly ours: Stack;
  readonly tenants: readonly Tenant[];
}

/** Compares what was applied, and what the files declare, with what exists at the vendors. Reads only; takes no lock. */
export async function compare(context: StackContext, dueWithinMs: number): Promise<Compared> {
  const now = clockFrom(process.env)();
  const observed = await look(context, now);
  const byUrn = new Map(observed.resources.map((resource) => [resource.urn, resource]));
  return {
    report: reportOf(context, observed, now, dueWithinMs),
    adoptionOf: (finding) => {
      const resource = byUrn.get(finding.urn ?? "");
      return resource === undefined ? undefined : adoptionOf(finding, resource);
    },
    tenants: observed.tenants,
  };
}

/** Reads every resource of the state, and meanwhile lists what the organisation has. */
async function look(context: StackContext, now: Date): Promise<Observed> {
  const { absent } = await cloudFindings(context, now);
  const { ours, tenants } = declaredStacks(context);
  const accounts = accountsOf(context.settings, context.home, process.env);
  const refresh = previewDigest(context, ["refresh", "--preview-only", ...readsAtATime]);
  const known = async () => {
    const { ids, keysOf } = managedIn(seenResources(await refresh), tenants, context);
    return { isDeclared: (name: string) => ids.bucket.has(name) || ours.others.has(name), keysOf };
  };
  const [digest, listed] = await Promise.all([refresh, takeInventory(accounts, known)]);
  const resources = seenResources(digest);
  const suspects = unmanagedIn(listed, managedIn(resources, tenants, context), ours).findings.map(({ id }) => id);
  const inventory = suspects.length === 0 ? listed : await withoutGone(accounts, listed, (id) => suspects.includes(id));
  return { digest, absent, resources, inventory, ours, tenants };
}

function reportOf(context: StackContext, observed: Observed, now: Date, dueWithinMs: number): DriftReport {
  const { digest, absent, resources, inventory, ours, tenants } = observed;
  const unmanaged = unmanagedIn(inventory, managedIn(resources, tenants, context), ours);
  const found = [
    ...resources.flatMap((resource) => differencesOf(resource, now)),
    ...resources.flatMap((resource) => dueCredential(resource, now, dueWithinMs) ?? []),
    ...unmanaged.findings,
  ];
  const rules = tenants.flatMap(({ id, driftIgnored = [] }) => driftIgnored.map((rule) => ({ ...rule, tenant: id })));
  const { findings, expired } = underRules(inOrder(found), rules, now);
  const errors = [
    ...digest.errors.map(({ urn, message }) => ({ tenant: urn === "" ? SHARED : tenantOf(urn), message })),
    // A refresh warns only of what it could not look at.
    ...digest.warnings.map(({ urn, message }) => ({ tenant: tenantOf(urn), message: `not seen: ${message}` })),
    ...absent.map((engine) => ({ tenant: SHARED, message: `not seen: ${engine}` })),
    ...inventory.failures.map((message) => ({ tenant: SHARED, message: shownLines(message) })),
  ].sort((one, other) => (one.tenant + one.message < other.tenant + other.message ? -1 : 1));
  const checked = new Set(resources.map(({ tenant }) => tenant).filter((tenant) => tenant !== SHARED));
  const told = new Set([...findings.filter(isDrift), ...errors].map(({ tenant }) => tenant));
  return {
    version: 1,
    stack: context.stack,
    checkedAt: now.toISOString(),
    tenants: { checked: checked.size, without: [...checked].filter((tenant) => !told.has(tenant)).sort() },
    findings,
    expiredRules: expired,
    blind: [...inventory.blind, ...unmanaged.blind].map(({ aspect, why }) => ({
      aspect: printable(aspect),
      why: printable(why),
    })),
    errors,
  };
}
