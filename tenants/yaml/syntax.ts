import { isAlias, isCollection, isMap, isScalar, isSeq } from "yaml";
import type { Document, Node, YAMLError } from "yaml";

import type { FaultCode } from "../fault.ts";

/** A mistake at an offset of the text. */
export interface SyntaxProblem {
  readonly offset: number;
  readonly code: FaultCode;
  readonly message: string;
  readonly hint?: string;
}

/** Everything about the text as YAML that is wrong or not wanted. */
export function syntaxProblems(document: Document.Parsed): SyntaxProblem[] {
  // Where the parser gives up depends on the stack that is left, so no place is named.
  if (document.errors.some(({ code }) => code === "RESOURCE_EXHAUSTION")) return [{ offset: 0, ...TOO_DEEP }];
  return [...errors(document.errors), ...directives(document), ...unwanted(document.contents)];
}

const EXPLAINED: Readonly<Partial<Record<YAMLError["code"], { readonly message: string; readonly hint: string }>>> = {
  TAB_AS_INDENT: { message: "a tab indents this line", hint: "use spaces" },
  MULTIPLE_DOCS: { message: "a second document starts here", hint: "one tenant per file: remove the line ---" },
  BAD_INDENT: {
    message: "this line is indented wrongly, or a bracket above it is not closed",
    hint: "line it up with its neighbours",
  },
  BLOCK_AS_IMPLICIT_KEY: { message: "a second key on the same line", hint: 'put a value that contains ": " in quotes' },
  MISSING_CHAR: { message: "something that was opened is not closed", hint: "look for a quote, }, ] or :" },
  BAD_SCALAR_START: { message: "a value can't start with this character", hint: "put the value in quotes" },
  BAD_DQ_ESCAPE: {
    message: "an unknown escape in a text in double quotes",
    hint: "write two backslashes for a backslash",
  },
  MULTILINE_IMPLICIT_KEY: { message: "a key goes over more than one line", hint: 'is there a ":" missing?' },
  BAD_ALIAS: { message: "aliases (*name) are not supported", hint: "put the value in quotes" },
};

const TOO_DEEP = { code: "syntax", message: "nested too deeply", hint: "tenant files need three levels" } as const;
const DEEPEST = 16;

/** The parser's own messages quote the text, which might hold a secret: only its codes are used. */
function errors(found: readonly YAMLError[]): SyntaxProblem[] {
  return found.map(({ code, pos: [offset] }) =>
    code === "DUPLICATE_KEY"
      ? { offset, code: "duplicate-key", message: "this key is here a second time", hint: "keep one" }
      : { offset, code: "syntax", message: "this is not valid YAML", ...EXPLAINED[code] },
  );
}

function directives({ directives: { yaml, tags } }: Document.Parsed): SyntaxProblem[] {
  if (yaml.explicit !== true && Object.keys(tags).length <= 1) return [];
  return [
    { offset: 0, code: "syntax", message: "directives (%YAML, %TAG) are not supported", hint: "remove the line" },
  ];
}

/** Parts of YAML that are legal, but make a file mean something else than it seems to. */
function unwanted(node: Node | null, depth = 0): SyntaxProblem[] {
  if (node === null) return [];
  const offset = node.range?.[0] ?? 0;
  if (depth > DEEPEST) return [{ offset, ...TOO_DEEP }];
  const refused = (message: string, hint: string): SyntaxProblem => ({ offset, code: "syntax", message, hint });
  if (isAlias(node)) return [refused("aliases (*name) are not supported", "write the value out")];
  return [
    ...(hasAnchor(node)
      ? [refused("anchors (&name) are not supported", "put a value that starts with & in quotes")]
      : []),
    ...(node.tag === undefined
      ? []
      : [refused("tags (!name) are not supported", "put a value that starts with ! in quotes")]),
    ...(isMap<Node, Node | null>(node)
      ? node.items.flatMap(({ key, value }) => [...keyProblems(key), ...unwanted(value, depth + 1)])
      : []),
    ...(isSeq<Node>(node) ? node.items.flatMap((item) => unwanted(item, depth + 1)) : []),
  ];
}

function hasAnchor(node: Node): boolean {
  return (isCollection(node) || isScalar(node)) && node.anchor !== undefined;
}

function keyProblems(key: Node): SyntaxProblem[] {
  const isName = isScalar(key) && typeof key.value === "string" && key.value !== "__proto__" && key.value !== "<<";
  if (isName) return unwanted(key);
  return [
    {
      offset: key.range?.[0] ?? 0,
      code: "syntax",
      message: "expected a plain name as key",
      hint: "numbers, true, null, <<, lists and maps are none",
    },
  ];
}
