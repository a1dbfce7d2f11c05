import type * as z from "zod";

import { GIVEN_INSIDE, looksLikeSecret, saysSecret } from "../tenants/model/secret-likeness.ts";
import { printable } from "./printable.ts";
import { remembered } from "./remembered.ts";

/** Text that may be shown to anybody who reads a plan, a report or a log. Only this file makes it. */
export type Shown = string & z.$brand<"Shown">;

/** What is shown in place of a secret; Pulumi prints the same. */
export const SECRET = "[secret]" as Shown;

/**
 * What may be shown of a value that did not come from a tenant file: one line of text, in which secrets are masked by the
 * rule that `validate` has and by their names, and nothing steers a terminal or a CI. A text that holds a secret is masked as
 * a whole; of lists and maps only what holds it.
 *
 * @param name What the value is called, or its property path: the last part may say that it is a secret.
 * @param most How many characters; what is longer ends with `…`.
 */
export function shown(value: unknown, name = "", most = Infinity): Shown {
  const safe = withoutSecrets(value, lastPart(name));
  const text = printable(typeof safe === "string" ? safe : safe === undefined ? "" : JSON.stringify(safe));
  return (text.length > most ? `${text.slice(0, most - 1)}…` : text) as Shown;
}

/** Of a fleet the same names and values come back for each tenant. */
const isNamedSecret = remembered(saysSecret);
const isSecret = remembered(looksLikeSecret);

/**
 * The value with everything masked that may not be shown, for JSON. Text in it is not made printable.
 *
 * @param says Whether what is called so is a secret.
 */
export function withoutSecrets(value: unknown, name = "", says: (name: string) => boolean = isNamedSecret): unknown {
  if (typeof value === "string") return value !== "" && (says(name) || isSecret(value)) ? SECRET : value;
  if (typeof value === "number") return says(name) ? SECRET : value;
  if (Array.isArray(value)) return value.map((each, at) => withoutSecrets(each, flagBefore(value, at) ?? name, says));
  if (typeof value !== "object" || value === null) return value;
  const named = nameOf(value);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      isSecret(key) ? SECRET : key,
      withoutSecrets(inner, named !== undefined && /value/i.test(key) ? named : says(name) ? name : key, says),
    ]),
  );
}

/** Words of others, such as a vendor's message, as one line: only the words that are secrets are masked. */
export function shownWords(text: string): Shown {
  const masked = text
    .replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s"'<>]+/gi, (url, scheme: string) =>
      looksLikeSecret(url) ? `${scheme}${SECRET}` : url,
    )
    .replaceAll(new RegExp(GIVEN_INSIDE, "gi"), (_all, before: string) => `${before}${SECRET}`)
    .replaceAll(
      /([\w-]+)(["']?\s*(?:=|["']\s*:)\s*["']?)([^\s"';&,]+)/g,
      (all, name: string, sign: string, word: string) =>
        saysSecret(name) && word !== SECRET ? `${name}${sign}${SECRET}` : all,
    )
    .replaceAll(/[^\s"'`,;()[\]{}<>]+/g, (word) => (looksLikeSecret(word) && !KEY_ID.test(word) ? SECRET : word));
  return printable(masked) as Shown;
}

/** The same for words on several lines, as an engine says them. */
export function shownLines(text: string): Shown {
  return text.split(/\r?\n/).map(shownWords).join("\n") as Shown;
}

/** The id of an access key is no secret; alone as a value it mostly has one beside it. */
const KEY_ID = /^(?:tid_|AKIA|ASIA)\w+\W*$/;

/** `config.env["STRIPE_SECRET_KEY"]` -> `STRIPE_SECRET_KEY`; the index of a list names nothing, so its list does. */
function lastPart(path: string): string {
  return path
    .replace(/(?:\[\d+\])+$/, "")
    .replace(/"?\]$/, "")
    .replace(/^.*(?:\["|\.)/s, "");
}

/** `["--password", "…"]` */
function flagBefore(list: readonly unknown[], at: number): string | undefined {
  const before: unknown = at === 0 ? undefined : list[at - 1];
  return typeof before === "string" && /^--?[\w-]+$/.test(before) && saysSecret(before) ? before : undefined;
}

/** `{ name: "STRIPE_SECRET_KEY", value: "…" }` */
function nameOf(value: object): string | undefined {
  const { name, key } = value as { name?: unknown; key?: unknown };
  return [name, key].find((each): each is string => typeof each === "string" && saysSecret(each));
}
