import { isMap, parseDocument } from "yaml";
import type { Node } from "yaml";

import type { FileFault } from "../fault.ts";
import type { Path } from "../model/problem.ts";
import { forbiddenCharacter } from "./forbidden-character.ts";
import { nodeAt } from "./node-at.ts";
import type { Found } from "./node-at.ts";
import { syntaxProblems } from "./syntax.ts";
import type { SyntaxProblem } from "./syntax.ts";

/** The most a file may hold. A tenant file is some dozens of lines. */
export const MOST_CHARACTERS = 65_536;

/** A YAML text that was read, with the place of everything in it. */
export interface YamlText {
  /** The data; undefined when the faults leave nothing to look at. */
  readonly value: unknown;
  readonly faults: readonly FileFault[];
  /** Where the field is, its name or its value; undefined when the text doesn't have it. */
  place(path: Path, atKey: boolean): Place | undefined;
  /** Where the map starts in which the field would be. */
  placeAround(path: Path): Place;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

/**
 * Reads YAML 1.2 as tenant files use it: one map; no anchors, aliases, tags, merge keys, directives or invisible characters,
 * so that what a reviewer sees is what is meant. Never throws.
 *
 * @param smallest The shortest text that is right, to show to somebody who has none.
 */
export function readYaml(text: string, file: string, smallest: string): YamlText {
  const source = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const unreadable = unreadableBecause(source);
  if (unreadable !== undefined) return unread([faultAt(unreadable, file, placeIn(source, unreadable.offset))]);

  const placeOf = (offset: number): Place => placeIn(source, offset);
  const document = parseDocument(source, { prettyErrors: false, version: "1.2" });
  const faults = syntaxProblems(document).map((problem) => faultAt(problem, file, placeOf(problem.offset)));
  if (faults.some(({ code }) => code === "syntax")) return unread(faults);
  const root: Node | null = document.contents;
  if (!isMap(root)) return unread([...faults, faultAt(notAMap(root, smallest), file, placeOf(root?.range?.[0] ?? 0))]);
  return {
    value: document.toJS(),
    faults,
    place: (path, atKey) => {
      const found = nodeAt(root, path);
      return found && placeOf(offsetOf(found, atKey));
    },
    placeAround: (path) => placeOf(offsetOf(nodeAt(root, path.slice(0, -1)) ?? { key: undefined, value: root }, true)),
  };
}

function unread(faults: readonly FileFault[]): YamlText {
  return { value: undefined, faults, place: () => undefined, placeAround: () => ({ line: 1, column: 1 }) };
}

function unreadableBecause(source: string): SyntaxProblem | undefined {
  if (source.length > MOST_CHARACTERS) {
    return { offset: 0, code: "file", message: `expected at most ${MOST_CHARACTERS} characters` };
  }
  const character = forbiddenCharacter(source);
  if (character === undefined) return undefined;
  const message = `the character ${character.name} has no place in a tenant file`;
  return {
    offset: character.offset,
    code: "syntax",
    message,
    hint: "it can't be seen: delete it and type the line again",
  };
}

function notAMap(root: Node | null, smallest: string): SyntaxProblem {
  const message = root === null ? "the file is empty" : "expected a map of fields";
  return { offset: 0, code: "wrong-type", message, hint: `the smallest one is: ${smallest}` };
}

function faultAt({ code, message, hint }: SyntaxProblem, file: string, place: Place): FileFault {
  return { file, ...place, path: "", code, message, ...(hint === undefined ? {} : { hint }) };
}

/** Only faults need places, so lines are counted when there is one. The parser's own counter misses lines of broken texts. */
function placeIn(source: string, offset: number): Place {
  const before = source.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function offsetOf({ key, value }: Found, atKey: boolean): number {
  const node = atKey ? (key ?? value) : (value ?? key);
  return node?.range?.[0] ?? 0;
}
