import type { FileFault } from "./fault.ts";

/** The result of parsing a file: the value, or all its faults. */
export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly faults: readonly FileFault[] };
