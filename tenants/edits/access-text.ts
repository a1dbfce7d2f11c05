import { isMap, isScalar, isSeq, type Node, parseDocument } from "yaml";

import { lineAfter, lineOf } from "./text-lines.ts";
import { isEditedByLines, withDocument } from "./whole-document.ts";
import type { TenantFile } from "../model/tenant-file.ts";

/** One entry of `access`, as it is written into a tenant file. */
export type AccessEntry = Readonly<NonNullable<TenantFile["access"]>[number]>;

/** The text of a valid tenant file with one more entry of `access`; all else stays as it is, comments included. */
export function withAccess(text: string, { name, mode }: AccessEntry): string {
  if (!isEditedByLines(text)) {
    return withDocument(text, (document) => {
      const list = document.get("access");
      if (isSeq(list)) list.add(document.createNode({ name, mode }));
      else {
        const first = document.createNode([{ name, mode }]);
        const empty = document.get("access", true);
        if (isScalar(empty) && empty.comment != null) first.commentBefore = empty.comment;
        document.set("access", first);
      }
    });
  }
  const list = accessOf(text);
  const entry = (indent: number) => `${" ".repeat(indent)}- name: ${name}\n${" ".repeat(indent)}  mode: ${mode}\n`;
  if (list === undefined) return insert(text, text.length, `access:\n${entry(2)}`);
  const last = list.items.at(-1);
  if (last === undefined) return `${text.slice(0, list.start)}\n${entry(2).trimEnd()}${text.slice(list.end)}`;
  if (list.flow) return insert(text, last.end, `, { name: ${name}, mode: ${mode} }`);
  return insert(text, lineAfter(text, last.end), entry(list.start - lineOf(text, list.start)));
}

/** The text without the entry of this name. Without any entry left, `access` goes too. */
export function withoutAccess(text: string, name: string): string {
  if (!isEditedByLines(text)) {
    return withDocument(text, (document) => {
      const list = document.get("access");
      if (!isSeq(list)) return;
      list.items = list.items.filter((item) => !(isMap(item) && item.get("name") === name));
      if (list.items.length === 0) document.delete("access");
    });
  }
  const list = accessOf(text);
  const place = list?.items.findIndex((item) => item.name === name) ?? -1;
  const item = list?.items[place];
  if (list === undefined || item === undefined) return text;
  const cut = (start: number, end: number) => text.slice(0, start) + text.slice(end);
  if (list.items.length === 1) return cut(lineOf(text, list.key), lineAfter(text, list.end));
  if (!list.flow) return cut(lineOf(text, text.lastIndexOf("-", item.start)), lineAfter(text, item.end));
  const [before, after] = [list.items[place - 1], list.items[place + 1]];
  return before === undefined ? cut(item.start, after?.start ?? item.end) : cut(before.end, item.end);
}

interface Place {
  readonly start: number;
  readonly end: number;
}

interface AccessList extends Place {
  readonly key: number;
  readonly flow: boolean;
  readonly items: readonly (Place & { readonly name: unknown })[];
}

/** Where the list is in the text; undefined when the file has none. A key without a value is an empty list. */
function accessOf(text: string): AccessList | undefined {
  const root = parseDocument(text).contents;
  const pair = isMap(root) ? root.items.find(({ key }) => isScalar(key) && key.value === "access") : undefined;
  if (pair === undefined) return undefined;
  const key = placeOf(pair.key);
  const list = isSeq(pair.value) ? pair.value : undefined;
  const items = (list?.items ?? []).map((item) => ({
    ...placeOf(item),
    name: isMap(item) ? item.get("name") : undefined,
  }));
  // The value of a key without one lies behind the comment that follows the key.
  const value = list === undefined ? { start: key.end + 1, end: key.end + 1 } : placeOf(list);
  return { ...value, key: key.start, flow: list?.flow === true, items };
}

function placeOf(node: unknown): Place {
  const [start = 0, end = 0] = (node as Node).range ?? [];
  return { start, end };
}

function insert(text: string, at: number, what: string): string {
  const before = text.slice(0, at);
  const isNewLine = what.endsWith("\n") && before !== "" && !before.endsWith("\n");
  return `${before}${isNewLine ? "\n" : ""}${what}${text.slice(at)}`;
}
