import { paint } from "../terminal.ts";
import { type Review, SHARED } from "./changes.ts";
import type { Action, ResourceChange, SettingChange } from "./model.ts";
import { countsLine } from "./summary.ts";

const SIGN: Readonly<Record<Action, string>> = { create: "+", update: "~", replace: "±", rotate: "↻", delete: "-" };
const COLOUR = { create: "green", update: "yellow", replace: "magenta", rotate: "cyan", delete: "red" } as const;
const WORD = { create: "create", update: "update", replace: "replace", rotate: "rotate", delete: "delete" } as const;
const FOUND = { create: "new", update: "changed", replace: "changed", rotate: "due", delete: "missing" } as const;

/** A review for a terminal. */
export function asText(found: Review): string {
  const blocks = found.changed.map(({ tenant, changes }) =>
    [paint("bold", tenant), ...changes.flatMap((change) => changeLines(change, found.purpose))].join("\n"),
  );
  const errors = found.errors.map(({ tenant, message }) => `${paint("red", `${tenant}: error`)}\n${indent(message)}`);
  return [...blocks, ...errors, lastLine(found)].join("\n\n");
}

function changeLines(
  { kind, name, id, action, settings, unguarded }: ResourceChange,
  purpose: Review["purpose"],
): string[] {
  const word = purpose === "plan" ? WORD[action] : FOUND[action];
  const label = name.includes("/") ? `${kind} ${name.slice(name.indexOf("/") + 1)}` : kind;
  const head = `  ${paint(COLOUR[action], SIGN[action])} ${label} ${word}${id === undefined || id === "" ? "" : ` (${id})`}`;
  const warning = unguarded ? [paint("red", "      destroys data; only the tenant file's state can declare that")] : [];
  return [head, ...warning, ...settings.map(settingLine)];
}

function settingLine({ path, before, after }: SettingChange): string {
  return `      ${path}: ${before ?? "(none)"} -> ${after ?? "(none)"}`;
}

function lastLine(found: Review): string {
  const others = [...found.changed, ...found.errors].map(({ tenant }) => tenant).filter((tenant) => tenant !== SHARED);
  const total = new Set([...others, ...found.unchanged]).size;
  const calm = found.unchanged.length > 0 ? `; ${found.unchanged.length} of ${total} tenants unchanged` : "";
  return `${found.purpose} of ${found.stack}: ${countsLine(found)}${calm}`;
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}
