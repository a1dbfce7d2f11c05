import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";

import { TenantryError } from "../../errors/tenantry-error.ts";
import type { ChangedSetting } from "../../rollouts/change.ts";
import { valueAt } from "../../rollouts/change.ts";
import { basisOf, plansOf } from "../../rollouts/basis.ts";
import { pinnedIn, type RolloutRecord } from "../../rollouts/record.ts";
import { recordOf, writeRecord } from "../../rollouts/records.ts";
import { writeWhole } from "../../stack/whole-file.ts";
import { settingOf, type Subject } from "../../rollouts/subject.ts";
import { type RolloutBasis, rolloutView, type RolloutView } from "../../rollouts/view.ts";
import type { Rollout } from "../../rollouts/rollout.ts";
import { openStack, type StackContext } from "../../stack/context.ts";
import { withSettings } from "../../tenants/edits/setting-text.ts";
import { TenantFilesInvalid } from "../../tenants/errors.ts";
import type { Plans } from "../../tenants/model/tenant-file.ts";
import { parsePlans } from "../../tenants/parse-plans.ts";
import { parseTenant } from "../../tenants/parse-tenant.ts";
import { rolloutErrors } from "./errors.ts";
import { type Opened, stacksWithTenants } from "./opened.ts";
import { type FileChange, plansPath, writeChanges } from "./pins.ts";

/** What finishing a rollout came to. */
export interface Finished {
  /** Plans that have the new value now. */
  readonly moved: readonly string[];
  /** Plans that keep theirs, for the rollout is not for all their tenants: who had a pin keeps it as a setting of its own. */
  readonly kept: readonly string[];
  /** Tenants whose pin went. */
  readonly unpinned: readonly string[];
  /** Tenants that stay on the old value, which is in their own file now. */
  readonly stay: readonly string[];
}

/** One stack as far as it concerns the plans. */
interface StackPart {
  readonly stack: string;
  readonly basis: RolloutBasis;
  readonly view: RolloutView;
  readonly record: RolloutRecord | undefined;
}

/**
 * Moves the value into the plans and takes the pins out. Every tenant of every stack resolves to the same before and after:
 * that is checked first, and nothing is written when it is not so. The order of the files keeps it true at every moment: who
 * stays gets the old value, then the plans change, then the pins go. Throws ROLLOUT_OPEN.
 */
export function finishRollout(opened: Opened & { readonly record: RolloutRecord }, now: Date): Finished {
  const { context, rollout } = opened;
  const parts = stacksWithTenants(context.projectDir).map((stack) => partOf(context, stack, rollout, now));
  refuseOpen(rollout, parts);
  const plans = plansOf(context.projectDir);
  const used = [...new Set(parts.flatMap((part) => living(part).map(({ tenant }) => tenant.plan)))].sort();
  const isWhole = (plan: string) =>
    !parts.some((part) => ofPlan(part, plan).some(({ tenant }) => part.view.notMeant.includes(tenant.id)));
  const reached = used.filter((plan) =>
    parts.some((part) => ofPlan(part, plan).some(({ tenant }) => !part.view.notMeant.includes(tenant.id))),
  );
  const moved = reached.filter(isWhole);
  const text = withSettings(readFileSync(plansPath(context.projectDir), "utf8"), editsOf(moved, rollout.change));
  const staying = parts.flatMap((part) => moved.flatMap((plan) => stayers(part, plan, rollout, plans)));
  const going = parts.flatMap((part) => moved.flatMap((plan) => goers(part, plan, rollout)));
  refuseDifferent(
    parts,
    new Map([...staying, ...going].map(({ path, text: after }) => [path, after])),
    plansAfter(context, text),
    rollout.name,
  );
  const subjects = parts.flatMap(({ basis: basis }) => basis.subjects);
  writeChanges(context.projectDir, staying, subjects);
  if (moved.length > 0) writeWhole(plansPath(context.projectDir), text);
  writeChanges(context.projectDir, going, subjects);
  for (const { record } of parts)
    if (record !== undefined) writeRecord(context.projectDir, { ...record, finished: now.toISOString() });
  const idsOf = (changes: readonly FileChange[]) =>
    subjects.filter(({ path }) => changes.some((each) => each.path === path)).map(({ tenant }) => tenant.id);
  return { moved, kept: reached.filter((plan) => !moved.includes(plan)), unpinned: idsOf(going), stay: idsOf(staying) };
}

function partOf(context: StackContext, stack: string, rollout: Rollout, now: Date): StackPart {
  const basis = basisOf(stack === context.stack ? context : openStack(stack, context.projectDir), now);
  const record = recordOf(context.projectDir, stack, rollout.name);
  return { stack, basis: basis, record, view: rolloutView(rollout, record, basis) };
}

/** A tombstone has nothing that could change. */
function living({ basis: basis }: StackPart): Subject[] {
  return basis.subjects.filter(({ tenant }) => tenant.state !== "purged");
}

function ofPlan(part: StackPart, plan: string): Subject[] {
  return living(part).filter(({ tenant }) => tenant.plan === plan);
}

function refuseOpen(rollout: Rollout, parts: readonly StackPart[]): void {
  const open = parts.flatMap(({ stack, view, record }) => {
    const waiting = [
      ...view.rings.filter(({ begun }) => begun === undefined).flatMap(({ tenants }) => tenants.map(({ id }) => id)),
      ...view.late,
    ];
    const rings = view.rings.filter(
      ({ begun, tenants }) =>
        begun !== undefined &&
        begun.passed === undefined &&
        tenants.some(({ phase }) => phase === "pinned" || phase === "to-pin"),
    );
    const edited = view.rings.flatMap(({ tenants }) =>
      tenants.filter(({ phase }) => phase === "edited").map(({ id }) => id),
    );
    return [
      ...(record?.finished !== undefined || waiting.length === 0
        ? []
        : [`${stack}: ${waiting.length} wait for their ring: ${some(waiting)}`]),
      ...rings.map(({ name }) => `${stack}: the ring ${name} has not passed its gates`),
      ...(edited.length === 0
        ? []
        : [`${stack}: ${some(edited)}: edited since; set the values that they are to have, or roll them back`]),
    ];
  });
  if (open.length > 0) throw new TenantryError(rolloutErrors.ROLLOUT_OPEN, [rollout.name, ...open].join("\n  "));
}

function editsOf(plans: readonly string[], change: readonly ChangedSetting[]) {
  return plans.flatMap((plan) => change.map(({ path, value }) => ({ path: [plan, ...path], value })));
}

/** Tenants that would get the new value by their plan and are to stay: they get the old one as their own. */
function stayers(part: StackPart, plan: string, rollout: Rollout, plans: Plans): FileChange[] {
  const { record } = part;
  const pins = record === undefined ? new Map() : pinnedIn(record);
  return ofPlan(part, plan).flatMap(({ tenant, own, text, path }) => {
    if (pins.has(tenant.id)) return [];
    const open = rollout.change.filter((each) => valueAt(own, each.path) === undefined);
    const moving = open.filter((each) => !isDeepStrictEqual(settingOf(own, plans[plan] ?? {}, each.path), each.value));
    const edits = moving.map((each) => ({ path: each.path, value: settingOf(own, plans[plan] ?? {}, each.path) }));
    return edits.length === 0 ? [] : [{ path, text: withSettings(text, edits) }];
  });
}

/** Tenants that have the new value by their pin: the plan gives it to them now. */
function goers(part: StackPart, plan: string, rollout: Rollout): FileChange[] {
  const pins = part.record === undefined ? new Map() : pinnedIn(part.record);
  return ofPlan(part, plan).flatMap(({ tenant, own, text, path }) => {
    const mine = rollout.change.filter((each) => isDeepStrictEqual(valueAt(own, each.path), each.value));
    return !pins.has(tenant.id) || mine.length === 0
      ? []
      : [
          {
            path,
            text: withSettings(
              text,
              mine.map((each) => ({ path: each.path, value: undefined })),
            ),
          },
        ];
  });
}

function plansAfter(context: StackContext, text: string): Plans {
  const parsed = parsePlans(text, plansPath(context.projectDir));
  if (!parsed.ok) throw new TenantFilesInvalid(parsed.faults);
  return parsed.value;
}

/** The proof: nobody's settings change. Throws ROLLOUT_OPEN with whose would. */
function refuseDifferent(
  parts: readonly StackPart[],
  texts: ReadonlyMap<string, string>,
  plans: Plans,
  name: string,
): void {
  const different = parts.flatMap((part) =>
    living(part).flatMap(({ tenant, text, path }) => {
      const after = parseTenant(texts.get(path) ?? text, path, plans);
      return after.ok && isDeepStrictEqual(after.value, tenant) ? [] : [`${part.stack}/${tenant.id}`];
    }),
  );
  if (different.length === 0) return;
  const what = `${name}: the settings of ${some(different)} would change with their plan, and their files cannot contain the current values`;
  throw new TenantryError(rolloutErrors.ROLLOUT_OPEN, what);
}

function some(ids: readonly string[]): string {
  return ids.length <= 5 ? ids.join(", ") : `${ids.slice(0, 5).join(", ")} and ${ids.length - 5} more`;
}
