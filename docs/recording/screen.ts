/** A piece of a line in one style. */
export interface Run {
  readonly text: string;
  readonly bold: boolean;
  /** SGR's number of a colour, 30 to 37; undefined for the terminal's own. */
  readonly colour: number | undefined;
}

type Cell = Omit<Run, "text"> & { readonly character: string };

const ESCAPE = "\u001b";
const SEQUENCE = new RegExp(`${ESCAPE}\\[([?\\d;]*)([A-Za-z])|([\n\r\b])|([^${ESCAPE}\n\r\b])`, "gu");
const CUT = new RegExp(`${ESCAPE}(?:\\[[?\\d;]*)?$`);

/** As much of a terminal as our verbs need: lines that grow downwards, one cursor, colours, and lines that are written anew. */
export class Screen {
  readonly #lines: Cell[][] = [[]];
  #row = 0;
  #column = 0;
  #style: Omit<Run, "text"> = { bold: false, colour: undefined };

  readonly #width: number;
  #unfinished = "";

  /** @param width columns; what is longer goes on in the next line */
  constructor(width: number) {
    this.#width = width;
  }

  /** Takes in a piece of what is written; a sequence may be cut in two by the pieces. */
  write(piece: string): void {
    const text = this.#unfinished + piece;
    this.#unfinished = CUT.exec(text)?.[0] ?? "";
    const whole = text.slice(0, text.length - this.#unfinished.length);
    for (const [, numbers = "", command, control, character] of whole.matchAll(SEQUENCE)) {
      if (command !== undefined) this.#obey(command, numbers);
      else if (control === "\n") this.#goTo(this.#row + 1, 0);
      else if (control === "\r") this.#column = 0;
      else if (control === "\b") this.#column = Math.max(0, this.#column - 1);
      else if (character !== undefined) this.#put(character);
    }
  }

  /** All lines so far, without blanks at their ends. */
  lines(): Run[][] {
    return this.#lines.map(runsOf);
  }

  #obey(command: string, numbers: string): void {
    const [first = 0] = numbers.split(";").map(Number);
    const line = this.#lines[this.#row] ?? [];
    if (command === "m") for (const each of numbers.split(";")) this.#restyle(Number(each));
    else if (command === "G") this.#column = Math.max(0, first - 1);
    else if (command === "K" || command === "J") line.splice(first === 2 ? 0 : this.#column);
  }

  #restyle(number: number): void {
    if (number === 0) this.#style = { bold: false, colour: undefined };
    else if (number === 1 || number === 22) this.#style = { ...this.#style, bold: number === 1 };
    else if (number >= 30 && number <= 39) this.#style = { ...this.#style, colour: number === 39 ? undefined : number };
  }

  #goTo(row: number, column: number): void {
    while (this.#lines.length <= row) this.#lines.push([]);
    [this.#row, this.#column] = [row, column];
  }

  #put(character: string): void {
    if (this.#column === this.#width) this.#goTo(this.#row + 1, 0);
    const line = this.#lines[this.#row] ?? [];
    while (line.length < this.#column) line.push({ character: " ", bold: false, colour: undefined });
    line[this.#column] = { character, ...this.#style };
    this.#column += 1;
  }
}

function runsOf(cells: readonly Cell[]): Run[] {
  const runs: Run[] = [];
  for (const { character, bold, colour } of cells) {
    const last = runs.at(-1);
    if (last?.bold === bold && last.colour === colour) runs[runs.length - 1] = { ...last, text: last.text + character };
    else runs.push({ text: character, bold, colour });
  }
  const last = runs.at(-1);
  if (last !== undefined) runs[runs.length - 1] = { ...last, text: last.text.trimEnd() };
  return runs.filter(({ text }) => text !== "");
}
