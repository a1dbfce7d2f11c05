import { isDeepStrictEqual } from "node:util";

import { isMap, isPair, isScalar, type Node, type Pair, parseDocument, stringify, type YAMLMap } from "yaml";

import { lineAfter, lineOf } from "./text-lines.ts";
import { isEditedByLines, withDocument } from "./whole-document.ts";

/** A field of a tenant file and its new value; undefined removes it. */
export interface FileEdit {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Fields that belong to a tenant's state and are written next to it. */
const OF_STATE: ReadonlySet<string | undefined> = new Set(["reason", "expires", "hold", "purgeAfter", "manifest"]);

/**
 * The text of a tenant file or of plans.yaml with these settings changed, each by its path; a value of undefined takes the
 * setting out, and the section with it that would be left empty. All else stays as it is, comments and layout included, so
 * that a review shows the one line; what the text says already changes nothing. Where a line cannot be placed (a file in one
 * flow map, a list over many lines) the document is laid out anew.
 */
export function withSettings(text: string, edits: readonly FileEdit[]): string {
  // Removals go last, so that they do not remove a section into which another edit writes.
  const isWritten = ({ value }: FileEdit) => value !== undefined;
  return [...edits.filter(isWritten), ...edits.filter((edit) => !isWritten(edit))].reduce(withSetting, text);
}

function withSetting(text: string, { path, value }: FileEdit): string {
  const said = parseDocument(text).toJS() as unknown;
  const meant = changedValue(structuredClone(said ?? {}) as Record<string, unknown>, path, value);
  if (isDeepStrictEqual(said, meant)) return text;
  const spliced = isEditedByLines(text)
    ? value === undefined
      ? without(text, path)
      : having(text, path, value)
    : text;
  if (isDeepStrictEqual(parseDocument(spliced).toJS() as unknown, meant)) return spliced;
  return withDocument(text, (document) => {
    if (value !== undefined) document.setIn(path, value);
    else if (document.hasIn(path)) document.deleteIn(emptied(document.toJS() as unknown, path));
  });
}

/** The content that the text must have, in any layout. Changes `root`, which is not shared. */
function changedValue(root: Record<string, unknown>, path: readonly string[], value: unknown): unknown {
  const whole = value === undefined ? emptied(root, path) : path;
  const last = whole.at(-1) ?? "";
  let holder = root;
  for (const key of whole.slice(0, -1)) {
    const inner = holder[key];
    if (value === undefined && !isObject(inner)) return root;
    if (!isObject(inner)) holder[key] = {};
    holder = holder[key] as Record<string, unknown>;
  }
  if (value === undefined) Reflect.deleteProperty(holder, last);
  else holder[last] = value;
  return root;
}

/** The path to remove: the setting, or the section that has no other setting. The top level stays. */
function emptied(root: unknown, path: readonly string[]): readonly string[] {
  const around = path.slice(0, -1);
  const holder = around.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), root);
  const isAll = isObject(holder) && Object.keys(holder).length === 1 && path.at(-1) !== undefined;
  return around.length > 0 && isAll && Object.hasOwn(holder, path.at(-1) ?? "") ? emptied(root, around) : path;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function having(text: string, path: readonly string[], value: unknown): string {
  const { map, pair, rest } = deepest(text, path);
  if (rest.length === 0 && pair !== undefined)
    return isScalar(pair.value) ? spliced(text, pair.value, inline(value)) : text;
  const [first, ...deeper] = rest;
  if (map === undefined || first === undefined) return text;
  if (rest.length === path.length) return withTop(text, map, lines(rest, value, ""), OF_STATE.has(first));
  const entry = `${first}: ${deeper.toReversed().reduce((inner, key) => `{ ${key}: ${inner} }`, inline(value))}`;
  const pairs = map.items.filter(isPair);
  const [head, last] = [pairs[0], pairs.at(-1)];
  if (head === undefined || last === undefined) return spliced(text, map, `{ ${entry} }`);
  if (map.flow === true) {
    const { end } = rangeOf(last);
    return `${text.slice(0, end)}, ${entry}${text.slice(end)}`;
  }
  const { start } = rangeOf(head);
  const indent = " ".repeat(start - lineOf(text, start));
  return `${text.slice(0, start)}${lines(rest, value, indent).trimStart()}${indent}${text.slice(start)}`;
}

/** A top-level field: after the state if it belongs to it, otherwise at the end. */
function withTop(text: string, root: YAMLMap, field: string, isOfState: boolean): string {
  const state = isOfState ? root.items.find(({ key }) => isScalar(key) && key.value === "state") : undefined;
  const at = state === undefined ? text.length : lineAfter(text, rangeOf(state).end);
  const before = text.slice(0, at);
  return `${before}${before === "" || before.endsWith("\n") ? "" : "\n"}${field}${text.slice(at)}`;
}

function without(text: string, path: readonly string[]): string {
  const whole = emptied(parseDocument(text).toJS() as unknown, path);
  const { map, pair, rest } = deepest(text, whole);
  if (map === undefined || pair === undefined || rest.length > 0) return text;
  const [start = 0] = (pair.key as Node).range ?? [];
  const [, end = start] = (pair.value as Node | null)?.range ?? [];
  const cut = (from: number, to: number) => text.slice(0, from) + text.slice(to);
  if (map.flow !== true) return cut(lineOf(text, start), lineAfter(text, end));
  const at = map.items.indexOf(pair);
  const [before, after] = [map.items[at - 1], map.items[at + 1]];
  if (after !== undefined) return cut(start, rangeOf(after).start);
  return cut(before === undefined ? start : rangeOf(before).end, end);
}

interface Deepest {
  /** The map that holds the pair, or would hold the first of the rest. Undefined: something else is in the way. */
  readonly map: YAMLMap | undefined;
  readonly pair: Pair | undefined;
  /** The part of the path that the text lacks. */
  readonly rest: readonly string[];
}

function deepest(text: string, path: readonly string[]): Deepest {
  let node: unknown = parseDocument(text).contents;
  for (const [index, key] of path.entries()) {
    if (!isMap(node)) return { map: undefined, pair: undefined, rest: path.slice(index) };
    const pair = node.items.find((each) => isScalar(each.key) && each.key.value === key);
    if (pair === undefined) return { map: node, pair, rest: path.slice(index) };
    if (index === path.length - 1) return { map: node, pair, rest: [] };
    node = pair.value;
  }
  return { map: undefined, pair: undefined, rest: path };
}

function lines(path: readonly string[], value: unknown, indent: string): string {
  const last = path.length - 1;
  return path
    .map((key, depth) => `${indent}${"  ".repeat(depth)}${key}:${depth === last ? ` ${inline(value)}` : ""}\n`)
    .join("");
}

function inline(value: unknown): string {
  return stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trimEnd();
}

function spliced(text: string, node: Node, written: string): string {
  const [start = 0, end = 0] = node.range ?? [];
  return text.slice(0, start) + written + text.slice(end);
}

function rangeOf(pair: Pair): { start: number; end: number } {
  const [start = 0, keyEnd = 0] = (pair.key as Node).range ?? [];
  const [, end = keyEnd] = (pair.value as Node | null)?.range ?? [];
  return { start, end };
}
