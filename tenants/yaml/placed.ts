import type { FileFault } from "../fault.ts";
import type { Problem } from "../model/problem.ts";
import { printablePath } from "./printable-path.ts";
import type { YamlText } from "./yaml-text.ts";

/** Gives a problem its place in the text: the field itself, else a field that takes part, else the map it is missing from. */
export function placed(
  { path, or = [], atKey = false, code, message, hint }: Problem,
  text: YamlText,
  file: string,
): FileFault {
  const place =
    text.place(path, atKey) ??
    or.map((other) => text.place(other, false)).find((found) => found !== undefined) ??
    text.placeAround(path);
  return { file, ...place, path: printablePath(path), code, message, ...(hint === undefined ? {} : { hint }) };
}
