import { clockFrom } from "../../provider/clock.ts";
import { policyName } from "../../provider/tigris/access-key-names.ts";
import { accountsOf } from "../../stack/accounts.ts";
import type { UnmanagedKind } from "../../tenants/model/drift.ts";
import { UNMANAGED_KINDS } from "../../tenants/model/drift.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { physicalNames } from "../../tenants/physical-name.ts";
import { SHARED, tenantOf } from "../review/changes.ts";
import { previewDigest } from "../review/preview.ts";
import type { StackContext } from "../stack-context.ts";
import { adoptionOf } from "./adoption.ts";
import type { FileEdit } from "./adopted-text.ts";
import { dueCredential } from "./credentials.ts";
import { declaredStacks } from "./declared-stacks.ts";
import { differencesOf } from "./differences.ts";
import { inOrder } from "./grouping.ts";
import { underRules } from "./ignore-rules.ts";
import { takeInventory } from "./inventory.ts";
import { READS_AT_A_TIME } from "./reads-at-a-time.ts";
import type { DriftReport, Finding } from "./report.ts";
import { type SeenResource, seenResources } from "./resources.ts";
import { type Managed, unmanagedIn } from "./unmanaged.ts";

export interface Compared {
  readonly report: DriftReport;
  /** The change of its tenant's file that would declare what was found; where there is one. */
  adoptionOf(finding: Finding): FileEdit | undefined;
  readonly tenants: readonly Tenant[];
}

/** Compares what was applied, and what the files declare, with what stands at the vendors. Reads only; takes no lock. */
export async function compare(context: StackContext, dueWithinMs: number): Promise<Compared> {
  const now = clockFrom(process.env)();
  const stacks = declaredStacks(context);
  const refresh = previewDigest(context, ["refresh", "--preview-only", "--parallel", String(READS_AT_A_TIME)]);
  const accounts = accountsOf(context.settings, context.home, process.env);
  const standing = refresh.then((digest) => managedIn(seenResources(digest), stacks.tenants, context));
  const [digest, inventory, managed] = await Promise.all([
    refresh,
    takeInventory(accounts, async () => {
      const { ids, keysOf } = await standing;
      return { isDeclared: (name) => ids.bucket.has(name) || stacks.ours.others.has(name), keysOf };
    }),
    standing,
  ]);
  const resources = seenResources(digest);
  const unmanaged = unmanagedIn(inventory, managed, stacks.ours);
  const found = [
    ...resources.flatMap((resource) => differencesOf(resource, now)),
    ...resources.flatMap((resource) => dueCredential(resource, now, dueWithinMs) ?? []),
    ...unmanaged.findings,
  ];
  const rules = stacks.tenants.flatMap(({ id, driftIgnored = [] }) =>
    driftIgnored.map((rule) => ({ ...rule, tenant: id })),
  );
  const { findings, expired } = underRules(inOrder(found), rules, now);
  const errors = [
    ...digest.errors.map(({ urn, message }) => ({ tenant: urn === "" ? SHARED : tenantOf(urn), message })),
    ...inventory.failures.map((message) => ({ tenant: SHARED, message })),
  ];
  const checked = new Set(resources.map(({ tenant }) => tenant).filter((tenant) => tenant !== SHARED));
  const told = new Set(
    [...findings.filter(({ ignored }) => ignored === undefined), ...errors].map(({ tenant }) => tenant),
  );
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  return {
    report: {
      version: 1,
      stack: context.stack,
      checkedAt: now.toISOString(),
      tenants: { checked: checked.size, without: [...checked].filter((tenant) => !told.has(tenant)).sort() },
      findings,
      expiredRules: expired,
      blind: [...inventory.blind, ...unmanaged.blind],
      errors: errors.sort((one, other) => (one.tenant + one.message < other.tenant + other.message ? -1 : 1)),
    },
    adoptionOf: (finding) => {
      const resource = byUrn.get(finding.urn ?? "");
      return resource === undefined ? undefined : adoptionOf(finding, resource);
    },
    tenants: stacks.tenants,
  };
}

/** What stands in the state or is declared by a file, by kind. */
function managedIn(
  resources: readonly SeenResource[],
  tenants: readonly Tenant[],
  { stack, settings }: StackContext,
): Managed & { keysOf(policy: string): number | undefined } {
  const ids = Object.fromEntries(UNMANAGED_KINDS.map((kind) => [kind, new Set<string>()])) as Record<
    UnmanagedKind,
    Set<string>
  >;
  const policies = new Map<string, number>();
  const standingApps = new Set<string>();
  for (const { root, id, inputs } of resources.filter(({ type }) => type.startsWith("tenantry:"))) {
    const kind = UNMANAGED_KINDS.find((each) => each === root.split("/")[0]);
    if (kind !== undefined) ids[kind].add(id.slice(id.lastIndexOf("/") + 1));
    if (kind === "machine" && typeof inputs["app"] === "string") standingApps.add(inputs["app"]);
    if (kind === "key") {
      const policy = policyName(inputs as unknown as Parameters<typeof policyName>[0]);
      ids.policy.add(policy);
      policies.set(policy, (policies.get(policy) ?? 0) + (inputs["enabled"] === false ? 0 : 1));
    }
  }
  for (const tenant of tenants.filter(({ state }) => state !== "purged")) {
    const { bucket, app, database } = physicalNames({ ...settings, stack, tenant: tenant.id });
    ids.app.add(app);
    if (tenant.storage.backend === "tigris") ids.bucket.add(bucket);
    if (tenant.database.engine === "turso") ids.database.add(database);
  }
  return { ids, standingApps, keysOf: (policy) => policies.get(policy) };
}
