import { ALWAYS_BLIND } from "../../operations/drift/blind.ts";
import { cell, table } from "./markdown.ts";

/** What no drift report can see: the table in docs/drift.md. */
export function blindList(): string {
  return table(
    ["what", "why"],
    ALWAYS_BLIND.map(({ aspect, why }) => [cell(aspect), cell(why)]),
  );
}
