import type * as z from "zod";

import type { FaultCode } from "../fault.ts";
import type { Path, Problem } from "../model/problem.ts";
import { looksLikeSecret } from "../model/secret-likeness.ts";
import { closestOfForm, closestTo } from "./suggest.ts";

type Issue = z.core.$ZodIssue;

/** The keys of a schema by path (`machine`, `access[]`), for suggestions. */
export type KnownKeys = ReadonlyMap<string, readonly string[]>;

/**
 * Turns zod's findings into problems a person can fix. `value` is what was checked.
 *
 * @param below How many steps of every path are names of the file's own, above what `known` knows: plans have one.
 */
export function explain(issues: readonly Issue[], value: unknown, known: KnownKeys, below = 0): Problem[] {
  const meant: KeyMeant = (path) => keyMeant(path.slice(below), known);
  return withoutRepetition(issues.flatMap((issue) => explainOne(issue, valueAt(value, issue.path), meant)));
}

/** A value that fails two checks of one field is one problem; the message with a hint is kept. */
function withoutRepetition(problems: readonly Problem[]): Problem[] {
  const byText = new Map<string, Problem>();
  for (const problem of problems) {
    const text = JSON.stringify([problem.path, problem.message]);
    if (byText.get(text)?.hint === undefined) byText.set(text, problem);
  }
  return [...byText.values()];
}

/** The key that was probably meant by an unknown one. */
type KeyMeant = (path: Path) => string | undefined;

function explainOne(issue: Issue, found: unknown, meant: KeyMeant): Problem[] {
  const { path, message } = issue;
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey([...path, key], meant));
    case "invalid_key":
      return issue.issues.map(({ message }) => ({
        path,
        atKey: true,
        code: "format",
        message,
        hint: didYouMean(formHint(issue.issues, String(path.at(-1)))),
      }));
    case "invalid_union":
      return nearestBranch(issue, found).flatMap((inner) =>
        explainOne(inner, valueAt(found, inner.path.slice(path.length)), meant),
      );
    case "invalid_type":
      return [wrongType(issue, found)];
    case "invalid_value":
      return [{ path, code: valueCode(issue.values, found), message, hint: valueHint(issue.values, found) }];
    case "invalid_format":
      return [
        {
          path,
          code: "format",
          message,
          hint: typeof found === "string" ? didYouMean(formHint([issue], found)) : undefined,
        },
      ];
    case "not_multiple_of":
      return [{ path, code: "out-of-range", message, hint: didYouMean(nearestMultiple(found, issue.divisor)) }];
    case "too_small":
    case "too_big":
      return [{ path, code: "out-of-range", message }];
    default:
      return [{ path, code: codeOf(issue), message }];
  }
}

function codeOf(issue: Issue): FaultCode {
  const code: unknown = issue.code === "custom" ? issue.params?.["code"] : undefined;
  return code === "secret" || code === "out-of-range" ? code : "combination";
}

function wrongType({ path, message, expected }: z.core.$ZodIssueInvalidType, found: unknown): Problem {
  if (found === undefined) return { path, code: "missing", message };
  const isMap = expected === "object" || expected === "record";
  const text = isMap ? "expected a map of fields" : expected === "array" ? "expected a list" : message;
  return { path, code: "wrong-type", message: text, hint: typeHint(expected, found) };
}

function typeHint(expected: string, found: unknown): string | undefined {
  if (found === null) return "it has no value: give it one, or remove the key";
  if (expected === "array") return "start each entry with a dash";
  if (typeof found === "number" && (expected === "int" || expected === "number")) return didYouMean(Math.round(found));
  if (typeof found !== "string") return undefined;
  if (expected === "number" || expected === "int") {
    const digits = /^\s*(\d{1,9})\s*(?:[a-z]{0,3})\s*$/i.exec(found)?.[1];
    return digits === undefined ? undefined : didYouMean(Number(digits));
  }
  if (expected === "boolean" && /^(?:yes|on|y|true)$/i.test(found)) return didYouMean("true");
  if (expected === "boolean" && /^(?:no|off|n|false)$/i.test(found)) return didYouMean("false");
  return undefined;
}

function valueCode(values: readonly unknown[], found: unknown): FaultCode {
  if (found === undefined) return "missing";
  return values.some((value) => typeof value === typeof found) ? "not-one-of" : "wrong-type";
}

function valueHint(values: readonly z.core.util.Primitive[], found: unknown): string | undefined {
  if (found === null) return typeHint("string", found);
  // YAML reads `off` as text and `false` as not; somebody who wrote either meant the word.
  const word = found === false ? "off" : found;
  return typeof word === "string" ? didYouMean(closestTo(word, values.map(String))) : undefined;
}

function formHint(issues: readonly Issue[], text: string): string | undefined {
  const pattern = issues.flatMap((issue) =>
    issue.code === "invalid_format" && "pattern" in issue ? [issue.pattern] : [],
  )[0];
  // A pattern that leaves the end open only forbids something; it shows no form to aim at.
  if (pattern?.endsWith("$/") !== true || looksLikeSecret(text)) return undefined;
  return closestOfForm(text, new RegExp(pattern.slice(1, pattern.lastIndexOf("/"))));
}

function nearestMultiple(found: unknown, step: number): number | undefined {
  return typeof found === "number" ? Math.max(step, Math.round(found / step) * step) : undefined;
}

function didYouMean(what: string | number | undefined): string | undefined {
  return what === undefined || Number.isNaN(what) ? undefined : `did you mean ${what}?`;
}

function unknownKey(path: Path, meant: KeyMeant): Problem {
  return { path, atKey: true, code: "unknown-key", message: "unknown key", hint: didYouMean(meant(path)) };
}

/** A key of the same map, or else the same key in another map, with its full path. */
function keyMeant(path: Path, known: KnownKeys): string | undefined {
  const key = String(path.at(-1));
  const near = closestTo(key, known.get(schemaPath(path.slice(0, -1))) ?? []);
  if (near !== undefined) return near;
  const elsewhere = [...known].flatMap(([map, keys]) =>
    map.includes("[]") ? [] : keys.map((name) => ({ map, name })),
  );
  const meant = closestTo(
    key,
    elsewhere.map(({ name }) => name),
  );
  const map = elsewhere.find(({ name }) => name === meant)?.map;
  return map === "" || map === undefined ? meant : `${map}.${meant ?? ""}`;
}

function schemaPath(path: Path): string {
  return path
    .map((step, index) => (typeof step === "number" ? "[]" : (index === 0 ? "" : ".") + String(step)))
    .join("");
}

/** Of a choice between forms, the findings about the form that the value has. */
function nearestBranch(issue: z.core.$ZodIssueInvalidUnion, found: unknown): Issue[] {
  const isOfOtherForm = ({ code, path }: Issue): boolean =>
    path.length === 0 && (code === "invalid_type" || (code === "invalid_value" && typeof found === "object"));
  const branch = issue.errors.find((errors) => !errors.some(isOfOtherForm)) ?? issue.errors[0] ?? [];
  return branch.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

function valueAt(value: unknown, [step, ...rest]: Path): unknown {
  if (step === undefined) return value;
  return value === null || typeof value !== "object"
    ? undefined
    : valueAt((value as Record<PropertyKey, unknown>)[step], rest);
}
