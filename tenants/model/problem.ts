import type { FaultCode } from "../fault.ts";

/** The way to a field of a tenant file, from the outside in. */
export type Path = readonly PropertyKey[];

/** A mistake before its place in the text is known. */
export interface Problem {
  /** The field it is about. */
  readonly path: Path;
  /** Further fields that take part, for when the first is not in this file but in the plan. */
  readonly or?: readonly Path[];
  /** Point at the field's name rather than at its value. */
  readonly atKey?: boolean;
  readonly code: FaultCode;
  readonly message: string;
  readonly hint?: string | undefined;
}
