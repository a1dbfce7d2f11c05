import { causesOf, whomInWords } from "../engine/grouped-errors.ts";
import type { Review } from "./changes.ts";
import { dueShown } from "./due-shown.ts";
import { leftOutShown } from "./left-out.ts";
import { fitted, type Section } from "./fitted.ts";
import { cell, clip, prose, quote, sizeOf, value } from "../../output/markdown.ts";
import { labelOf, moneyOf } from "./labels.ts";
import type { PlacedViolation, ResourceChange, TenantChanges } from "./model.ts";
import type { Action } from "../engine/steps.ts";
import type { PlanDocument } from "./plan-document.ts";
import { actionCounts, countsLine } from "./summary.ts";
import { violationsShown } from "./violations-shown.ts";
import { counted } from "../../output/counted.ts";

const SIGN: Readonly<Record<Action, string>> = {
  create: "🟢 create",
  update: "🟡 update",
  replace: "🟣 **replace**",
  rotate: "🔵 rotate",
  delete: "🔴 **delete**",
};

/** GitHub takes comments of up to 65 536 characters; what a workflow writes around this one has to fit too. */
export const COMMENT_LIMIT = 64_000;

/** How many losses, broken policies and errors are listed; the rest is counted. */
const MOST_LINES = 40;

/**
 * A review as a comment on a pull request, in at most `COMMENT_LIMIT` bytes however much there is to tell. The first line
 * finds an earlier comment again; what would be lost comes first; the totals are always there.
 */
export function asMarkdown(found: Review | PlanDocument): string {
  const head = headOf(found);
  const tail = tailOf(found);
  const room = COMMENT_LIMIT - sizeOf([...head, ...tail].join("\n")) - 2;
  const tenants = fitted(found.changed.map(sectionOf), room, (count) => `- … and ${count} more tenants with changes`);
  return `${[...head, ...tenants, ...tail].join("\n")}\n`;
}

function headOf(found: Review | PlanDocument): string[] {
  const plan = "hash" in found ? found : undefined;
  const money = moneyOf(plan?.monthly);
  const tenants =
    found.changed.length > 0 && found.unchanged.length > 0
      ? `; ${counted(found.unchanged.length, "tenant")} unchanged`
      : "";
  return [
    `<!-- tenantry:plan:${found.stack} -->`,
    `### Plan of \`${found.stack}\`: ${countsLine(found)}${tenants}${money === "" ? "" : `; ${clip(money, 500)}`}`,
    ...lossesOf(found, plan?.removed ?? []),
    ...violationsOf(plan?.violations ?? [], found),
    ...errorsOf(found),
    ...listOf("⏳", dueShown(plan?.due ?? [], found.stack)),
    ...listOf("⏸️", leftOutShown(plan?.leftOut ?? [], found.stack)),
  ];
}

function listOf(sign: string, [head, ...lines]: readonly string[]): string[] {
  return head === undefined ? [] : ["", `${sign} ${head}`, ...lines.map((line) => `- ${prose(line.trim())}`)];
}

/** What would be destroyed without a declaration, before anything else. */
function lossesOf({ changed, stack }: Review, removed: readonly string[]): string[] {
  const lost = changed.flatMap(({ tenant, changes }) =>
    changes
      .filter(({ unguarded }) => unguarded)
      .map(
        (change) =>
          `**${tenant}**: ${labelOf(change)} \`${cell(change.id ?? change.name)}\`, with ${change.loses ?? "its data"} (${change.action})`,
      ),
  );
  if (lost.length === 0) return [];
  const files = removed.map((tenant) => `\`tenants/${stack}/${tenant}.yaml\``).join(", ");
  return [
    "",
    "> [!CAUTION]",
    "> **This destroys data, and no tenant file declares that. It will not be applied.**",
    ...listed(lost).map((line) => `> ${line}`),
    ">",
    removed.length === 0
      ? "> Revert the change, or delete the tenant on purpose: `state: offboarding`, then `state: purged`."
      : `> ${clip(files, 1000)}: the file is missing, but the tenant exists. Restore it. To delete the tenant, set \`state: offboarding\`, then \`state: purged\`. Nothing else was checked.`,
  ];
}

function violationsOf(violations: readonly PlacedViolation[], { changed }: Review): string[] {
  const shown = violationsShown(violations, changed);
  if (shown.length === 0) return [];
  const lines = shown.map(
    ({ policy, level, tenant, message, file, line, others }) =>
      `${level === "mandatory" ? "⛔" : "⚠️"} **${[tenant, ...others].join(", ")}**: \`${policy}\`: ${prose(message)} (\`${cell(file)}:${line}\`)`,
  );
  return ["", `**Policies** (${shown.length} broken)`, "", ...listed(lines)];
}

function errorsOf({ errors }: Review): string[] {
  const causes = causesOf(errors);
  const shown = causes.slice(0, MOST_LINES / 4);
  const rest = causes.length - shown.length;
  return [
    ...shown.flatMap(({ tenants, message }) => [
      "",
      `> **${whomInWords(tenants)}**: error`,
      ...quote(clip(message, 1000)),
    ]),
    ...(rest > 0 ? ["", `… and ${rest} more errors`] : []),
  ];
}

function tailOf(found: Review | PlanDocument): string[] {
  if (!("hash" in found) || found.changed.length === 0) return [];
  return ["", `<sub>plan \`${found.hash}\`, ${found.madeAt}</sub>`];
}

function sectionOf({ tenant, changes, monthly }: TenantChanges): Section {
  const money = moneyOf(monthly);
  const cost = money === "" ? "" : `; ${clip(money, 200)}`;
  const notable = changes.filter(({ action }) => action === "replace" || action === "delete");
  const which =
    notable.length === 0
      ? ""
      : ` (${clip(notable.map((change) => `${labelOf(change)} ${change.action}d`).join(", "), 200)})`;
  return {
    long: [
      "",
      `#### ${tenant}${cost}`,
      ...meaningsOf(changes),
      "",
      "| what | resource | setting | before | after |",
      "|---|---|---|---|---|",
      ...tableRows(changes),
    ].join("\n"),
    short: `- **${tenant}**: ${actionCounts(changes)}${which}${cost}`,
    rank: notable.length > 0 ? 1 : 0,
  };
}

/** What the changes mean for those who use the tenant, each said once. */
function meaningsOf(changes: readonly ResourceChange[]): string[] {
  const notable = changes.flatMap((change) =>
    change.consequence === undefined ? [] : [`- ${labelOf(change)}: ${change.consequence}`],
  );
  return notable.length === 0 ? [] : ["", ...notable];
}

/** What only comes into being is one row: there is nothing to compare. */
function tableRows(changes: readonly ResourceChange[]): string[] {
  const made = changes.filter(({ action, settings }) => action === "create" && settings.length === 0);
  const row = `| ${SIGN.create} | ${made.map((change) => cell(labelOf(change))).join(", ")} | | | |`;
  return [...(made.length === 0 ? [] : [row]), ...changes.filter((change) => !made.includes(change)).flatMap(rows)];
}

function rows(change: ResourceChange): string[] {
  const { action, settings, unguarded } = change;
  const what = unguarded ? `⛔ ${SIGN[action]}, **destroys data**` : SIGN[action];
  if (settings.length === 0) return [`| ${what} | ${cell(labelOf(change))} | | | |`];
  return settings.map(({ path, before, after }, index) => {
    const head = index === 0 ? `| ${what} | ${cell(labelOf(change))} ` : "| | ";
    return `${head}| \`${cell(path)}\` | ${value(before)} | ${value(after)} |`;
  });
}

function listed(lines: readonly string[]): string[] {
  const rest = lines.length - MOST_LINES;
  const shown = lines.slice(0, MOST_LINES).map((line) => `- ${clip(line, 500)}`);
  return rest > 0 ? [...shown, `- … and ${rest} more`] : shown;
}
