import type { Review } from "./changes.ts";
import type { Action, ResourceChange } from "./model.ts";
import { countsLine } from "./summary.ts";

const SIGN: Readonly<Record<Action, string>> = {
  create: "🟢 create",
  update: "🟡 update",
  replace: "🟣 **replace**",
  rotate: "🔵 rotate",
  delete: "🔴 **delete**",
};

/** A review as a comment on a pull request. The first line finds an earlier comment again. */
export function asMarkdown(found: Review): string {
  const title = found.purpose === "plan" ? "Plan" : "Drift";
  const lines = [
    `<!-- tenantry:${found.purpose}:${found.stack} -->`,
    `### ${title} of \`${found.stack}\`: ${countsLine(found)}`,
  ];
  for (const { tenant, changes } of found.changed) {
    lines.push("", `#### ${tenant}`, "", "| what | resource | setting | before | after |", "|---|---|---|---|---|");
    lines.push(...changes.flatMap(rows));
  }
  for (const { tenant, message } of found.errors) lines.push("", `> **${tenant}**: error`, ...quote(message));
  if (found.unchanged.length > 0) lines.push("", `Unchanged: ${found.unchanged.length} tenants.`);
  return `${lines.join("\n")}\n`;
}

function rows({ kind, name, action, settings, unguarded }: ResourceChange): string[] {
  const label = name.includes("/") ? `${kind} ${name.slice(name.indexOf("/") + 1)}` : kind;
  const what = unguarded ? `⛔ ${SIGN[action]}, **destroys data**` : SIGN[action];
  if (settings.length === 0) return [`| ${what} | ${cell(label)} | | | |`];
  return settings.map(({ path, before, after }, index) => {
    const head = index === 0 ? `| ${what} | ${cell(label)} ` : "| | ";
    return `${head}| \`${cell(path)}\` | ${value(before)} | ${value(after)} |`;
  });
}

function value(text: string | undefined): string {
  return text === undefined ? "–" : `\`${cell(text)}\``;
}

/** Keeps a value inside its cell: a pipe, a back-tick or a line break would end it. */
function cell(text: string): string {
  return text
    .replaceAll("|", "\\|")
    .replaceAll("`", "'")
    .replaceAll(/\s*\n\s*/g, " ");
}

function quote(text: string): string[] {
  return text.split("\n").map((line) => `> ${line}`);
}
