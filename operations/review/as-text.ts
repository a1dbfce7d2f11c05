import { paint } from "../../output/terminal.ts";
import type { Review } from "./changes.ts";
import { SHARED } from "../engine/steps.ts";
import { dueShown } from "./due-shown.ts";
import { leftOutShown } from "./left-out.ts";
import { labelOf, moneyOf } from "./labels.ts";
import type { ResourceChange, SettingChange, TenantChanges } from "./model.ts";
import type { PlanDocument } from "./plan-document.ts";
import { violationLine } from "./policy-check.ts";
import { refusalOf } from "./refusal.ts";
import { countsLine } from "./summary.ts";
import { violationsShown } from "./violations-shown.ts";

const SIGN = { create: "+", update: "~", replace: "±", rotate: "↻", delete: "-" };
const COLOUR = { create: "green", update: "yellow", replace: "magenta", rotate: "cyan", delete: "red" } as const;

/** A review for a terminal. */
export function asText(found: Review | PlanDocument): string {
  const plan = "hash" in found ? found : undefined;
  const blocks = found.changed.map(tenantBlock);
  const broken = violationsShown(plan?.violations ?? [], found.changed).map(
    (violation) =>
      paint(violation.level === "mandatory" ? "red" : "yellow", violationLine(violation)) + also(violation.others),
  );
  const policies = broken.length === 0 ? [] : [broken.join("\n")];
  const near = dueShown(plan?.due ?? [], found.stack);
  const due = near.length === 0 ? [] : [paint("yellow", near.join("\n"))];
  const away = leftOutShown(plan?.leftOut ?? [], found.stack);
  const leftOut = away.length === 0 ? [] : [away.join("\n")];
  const refusal = refusalOf(found);
  const refused = refusal === undefined ? [] : [paint("red", refusal.message)];
  return [...blocks, ...policies, ...due, ...leftOut, ...refused, lastLine(found, moneyOf(plan?.monthly))].join("\n\n");
}

function also(others: readonly string[]): string {
  return others.length === 0 ? "" : ` (also ${others.join(", ")})`;
}

function tenantBlock({ tenant, changes, monthly }: TenantChanges): string {
  const money = moneyOf(monthly);
  const head = `${paint("bold", tenant)}${money === "" ? "" : `  ${money}`}`;
  return [head, ...changes.flatMap(changeLines)].join("\n");
}

function changeLines(change: ResourceChange): string[] {
  const { id, action, settings, consequence, loses, unguarded } = change;
  const head = `  ${paint(COLOUR[action], SIGN[action])} ${labelOf(change)} ${action}${id === undefined ? "" : ` (${id})`}`;
  const meaning = consequence === undefined ? [] : [`      ${paint("italic", consequence)}`];
  const warning = unguarded
    ? [paint("red", `      destroys data: ${loses ?? "what it holds"}; only the tenant file's state can declare that`)]
    : [];
  return [head, ...meaning, ...warning, ...settings.map(settingLine)];
}

function settingLine({ path, before, after }: SettingChange): string {
  return `      ${path}: ${before ?? "(none)"} -> ${after ?? "(none)"}`;
}

function lastLine(found: Review, money: string): string {
  const others = [...found.changed, ...found.errors].map(({ tenant }) => tenant).filter((tenant) => tenant !== SHARED);
  const total = new Set([...others, ...found.unchanged]).size;
  const calm = found.unchanged.length > 0 ? `; ${found.unchanged.length} of ${total} tenants unchanged` : "";
  return `plan of ${found.stack}: ${countsLine(found)}${money === "" ? "" : `; ${money}`}${calm}`;
}
