import { printable } from "../../output/printable.ts";
import { type Shown, shown } from "../../output/shown.ts";
import { parseUrn } from "../../resource-kinds/urn.ts";
import { consequenceOf } from "./consequences.ts";
import { emptiedGroups, emptyGroups } from "./emptied-groups.ts";
import { type Kind, kindOf } from "../../resource-kinds/kinds.ts";
import type { ResourceChange, SettingChange, TenantChanges } from "./model.ts";
import { UNKNOWN_VALUE } from "../../resource-kinds/pulumi-marks.ts";
import { type Action, countingSteps, operationOf, SHARED, tenantOf, typeOf } from "../engine/steps.ts";
import type { PreviewDigest, PreviewStep } from "../engine/preview-digest.ts";
import { valueAt } from "../engine/property-path.ts";
import { releasedStorage } from "./released.ts";

/** A preview, grouped by tenant. */
export interface Review {
  readonly stack: string;
  /** Tenants with changes, by id. */
  readonly changed: readonly TenantChanges[];
  /** Ids of the tenants without any; one that failed is not known to be without. */
  readonly unchanged: readonly string[];
  readonly errors: readonly { readonly tenant: string; readonly message: string }[];
}

const ROTATING = new Set(["issued", "epoch"]);

/** What a setting is that a credential gets at the moment it is minted: another one at every look, and yet the same plan. */
export const ANEW = shown("(when it is applied)");

/** A setting that hangs on another resource, which is only going to be made. */
export const LATER = shown("(known when it is applied)");

/**
 * Groups what a preview found by tenant. Pure; the order depends on the names alone.
 *
 * @param purged tenants whose files say `state: purged`: their end is declared
 * @param filled URNs of buckets that hold files, of those that would be deleted
 */
export function review(
  stack: string,
  digest: PreviewDigest,
  purged: ReadonlySet<string> = new Set(),
  filled: ReadonlySet<string> = new Set(),
): Review {
  const steps = countingSteps(digest.steps);
  const released = releasedStorage(digest.steps);
  const emptied = emptiedGroups(steps.values());
  const empty = emptyGroups(steps.values());
  const changes = new Map<string, ResourceChange[]>();
  const seen = new Set<string>();
  for (const step of steps.values()) {
    const tenant = tenantOf(step.urn);
    seen.add(tenant);
    const mayGo = purged.has(tenant) || released.has(`${tenant} ${typeOf(step)}`) || emptied.has(step.urn);
    const about = { mayGo, isEmpty: empty.has(step.urn), isFilled: filled.has(step.urn) };
    const change = changeOf(step, about);
    if (change !== undefined) changes.set(tenant, [...(changes.get(tenant) ?? []), change]);
  }
  const changed = [...changes]
    .map(([tenant, found]) => ({ tenant, changes: found.sort(byUrn) }))
    .sort((one, other) => compare(one.tenant, other.tenant));
  const guarded = new Set(
    changed.flatMap((each) => each.changes.filter(({ unguarded }) => unguarded).map(({ urn }) => urn)),
  );
  const errors = digest.errors
    // Pulumi's refusal to destroy what is protected is no failure of the plan: it is what the guard reports. A group that
    // an earlier version protected is let go by `up` (operations/engine/protected-groups.ts).
    .filter(({ urn }) => !((guarded.has(urn) || emptied.has(urn)) && steps.get(urn)?.oldState?.protect === true))
    .map(({ urn, message }) => ({ tenant: urn === "" ? SHARED : tenantOf(urn), message }))
    .sort((one, other) => compare(one.tenant, other.tenant) || compare(one.message, other.message));
  const failed = new Set(errors.map(({ tenant }) => tenant));
  const unchanged = [...seen]
    .filter((tenant) => tenant !== SHARED && !changes.has(tenant) && !failed.has(tenant))
    .sort();
  return { stack, changed, unchanged, errors };
}

/** What is known of a resource beyond its own step. */
interface Surroundings {
  /** Tenant files have declared that it may be deleted. */
  readonly mayGo: boolean;
  /** It could hold data, and holds none. */
  readonly isEmpty: boolean;
  /** It was read, and holds files that no export lists: the author of its deletion may not know of them. */
  readonly isFilled: boolean;
}

function changeOf(step: PreviewStep, { mayGo, isEmpty, isFilled }: Surroundings): ResourceChange | undefined {
  const { name } = parseUrn(step.urn);
  const type = typeOf(step);
  const kind = kindOf(type);
  const action = kind === undefined ? undefined : actionOf(step, kind);
  if (kind === undefined || action === undefined) return undefined;
  const id = step.oldState?.id ?? step.newState?.id;
  const consequence = consequenceOf(type, action, decidingSettings(step));
  const destroys = kind.holds !== undefined && !isEmpty && (action === "delete" || action === "replace");
  // What is still protected has not been off-boarded: a purge takes two steps.
  // Groups are not protected: each database in them is.
  const isProtected = step.oldState?.protect === true && type !== "tenantry:turso:Group";
  const isDeclared = mayGo && action === "delete" && !isProtected && !isFilled;
  return {
    kind: kind.word,
    urn: step.urn,
    name,
    ...(id === undefined || id === "" ? {} : { id }),
    action,
    settings: settingsOf(step),
    ...(consequence === undefined ? {} : { consequence }),
    ...(destroys ? { loses: isFilled ? filesIn(step) : kind.holds } : {}),
    unguarded: destroys && !isDeclared,
  };
}

function filesIn({ oldState }: PreviewStep): string {
  const isExported = oldState?.inputs?.["exportedContents"] !== undefined;
  return isExported ? "files in it that its export does not list" : "the files that are in it";
}

/** What a step does to its resource; undefined: nothing. */
export function actionOf(
  { op, detailedDiff }: PreviewStep,
  { credential }: Pick<Kind, "credential"> = {},
): Action | undefined {
  const operation = operationOf(op);
  const paths = Object.keys(detailedDiff ?? {});
  const isDue = credential !== undefined && paths.length > 0 && paths.every((path) => ROTATING.has(path));
  return operation === "replace" && isDue ? "rotate" : operation;
}

/** The paths that differ, those that force a replacement first. */
function decidingSettings({ detailedDiff }: PreviewStep): string[] {
  const isForcing = (kind: string) => kind.endsWith("-replace");
  return Object.entries(detailedDiff ?? {})
    .sort(
      ([one, { kind }], [other, otherDiff]) =>
        Number(isForcing(otherDiff.kind)) - Number(isForcing(kind)) || compare(one, other),
    )
    .map(([path]) => path);
}

function settingsOf(step: PreviewStep): SettingChange[] {
  const before = step.oldState?.inputs;
  const after = step.newState?.inputs;
  return Object.entries(step.detailedDiff ?? {})
    .sort(([one], [other]) => compare(one, other))
    .map(([path, { kind }]) => ({
      path: printable(path),
      // Inside a secret map only the kind tells what is there and what is not.
      before: kind.startsWith("add") ? undefined : readable(valueAt(before, path), path),
      after: kind.startsWith("delete") ? undefined : path === "issued" ? ANEW : readable(valueAt(after, path), path),
    }));
}

function readable(value: unknown, path: string): Shown | undefined {
  if (value === undefined) return undefined;
  return value === UNKNOWN_VALUE ? LATER : shown(value, path, LONGEST);
}

const LONGEST = 120;

const byUrn = (one: ResourceChange, other: ResourceChange) => compare(one.urn, other.urn);

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
