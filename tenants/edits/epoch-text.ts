import { isMap, isPair, isScalar, type Node, parseDocument } from "yaml";

import { isEditedByLines, withDocument } from "./whole-document.ts";

/** The text of a valid tenant file with this `rotation.epoch`; all else stays as it is, comments included. */
export function withEpoch(text: string, epoch: number): string {
  if (!isEditedByLines(text)) {
    return withDocument(text, (document) => {
      document.setIn(["rotation", "epoch"], epoch);
    });
  }
  const entry = `epoch: ${epoch}`;
  const root = parseDocument(text).contents;
  const rotation = isMap(root) ? root.get("rotation", true) : undefined;
  if (!isMap(rotation)) return `${text}${text.endsWith("\n") ? "" : "\n"}rotation: { ${entry} }\n`;
  const written = rotation.get("epoch", true);
  if (isScalar(written)) return spliced(text, written, () => String(epoch));
  const first = rotation.items.find(isPair)?.key as Node | undefined;
  if (first === undefined) return spliced(text, rotation, () => `{ ${entry} }`);
  const [start = 0] = first.range ?? [];
  const between = rotation.flow === true ? ", " : `\n${" ".repeat(start - (text.lastIndexOf("\n", start - 1) + 1))}`;
  return spliced(text, first, (key) => `${entry}${between}${key}`);
}

function spliced(text: string, { range }: Node, change: (old: string) => string): string {
  const [start, end] = range ?? [0, 0];
  return text.slice(0, start) + change(text.slice(start, end)) + text.slice(end);
}
