/** What can't be seen, moves the cursor, ends a line or reorders what is read. The selectors of emoji change a glyph only. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{NChar}]|(?![\uFE0E\uFE0F])\p{DI}/gu;

/** Commands to the runner of a CI: GitHub's at the beginning of a line, its older ones, Azure's and TeamCity's anywhere. */
const RUNNER_COMMANDS = /^(\s*):(?=:[a-z])|(#)#(?=\[|vso\[|teamcity\[)/gi;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Text of others (a vendor's, an app's, a file's) as it may be printed: one line, in which everything that is not plainly
 * visible is shown escaped (`\n`, `\x1b`, `\u202e`), and which no CI takes for a command, wherever it is put. Keeps all else.
 */
export function printable(text: string): string {
  return text
    .replaceAll(UNSEEN, escaped)
    .replaceAll(RUNNER_COMMANDS, (_all, blanks = "", sign = "") => (sign === "" ? `${String(blanks)}\\x3a` : "#\\x23"));
}

/** The same for text whose line breaks are meant: each line is printable. Carriage returns before a line feed go. */
export function printableLines(text: string): string {
  return text.split(/\r?\n/).map(printable).join("\n");
}

/** Lines of a stream of text, each printable. Pieces come as they like; `rest` gives what no line break has ended. */
export class PrintableStream {
  #unfinished = "";

  /** The whole lines that are there now, each with its line break; empty when there is none yet. */
  take(piece: string): string {
    const text = this.#unfinished + piece;
    const end = text.lastIndexOf("\n") + 1;
    this.#unfinished = text.slice(end);
    return printableLines(text.slice(0, end));
  }

  rest(): string {
    const text = this.#unfinished;
    this.#unfinished = "";
    return printable(text);
  }
}

/** JSON means the same when these are written as escapes; a terminal, a reader and a CI then see text. */
export function printableJson(json: string): string {
  return json
    .replaceAll(UNSEEN, (character) =>
      character === "\n"
        ? character
        : units(character)
            .map((unit) => `\\u${hex(unit, 4)}`)
            .join(""),
    )
    .replaceAll(/#(?=#(?:\[|vso\[|teamcity\[))/gi, "\\u0023");
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const long = code > 0xffff ? `\\u{${hex(code, 1)}}` : `\\u${hex(code, 4)}`;
  return SHORT[character] ?? (code < 0x100 ? `\\x${hex(code, 2)}` : long);
}

function units(character: string): number[] {
  return Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
