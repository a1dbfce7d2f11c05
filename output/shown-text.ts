import * as z from "zod";

import { shown } from "./shown.ts";

/** Text of a document that may be shown. What is read from a file goes through the same rule as what is written. */
export function shownText(description: string) {
  return z
    .string()
    .overwrite((text) => shown(text))
    .brand<"Shown">()
    .meta({ description });
}
