/** What kind of mistake a fault is. Stable: `tenantry validate --json` prints it. */
export type FaultCode =
  | "file" // the file itself: its name, kind, size, encoding
  | "syntax" // not YAML, or YAML that tenant files do without
  | "duplicate-key"
  | "unknown-key"
  | "missing"
  | "wrong-type"
  | "not-one-of"
  | "out-of-range"
  | "format"
  | "combination" // each value is fine, together they are not
  | "secret";

/** One mistake in one place. Never holds a value from the file, for it might be a secret. */
export interface FileFault {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 units, as editors do. */
  readonly column: number;
  /** The field: `machine.memoryMb`, `access[1].name`; empty for the file as a whole. */
  readonly path: string;
  readonly code: FaultCode;
  /** What was expected. */
  readonly message: string;
  /** A way out: "did you mean owner?". */
  readonly hint?: string;
}

/** `file:line:column: path: message (hint)`, which editors and terminals make clickable. */
export function formatFault({ file, line, column, path, message, hint }: FileFault): string {
  const place = `${file}:${line}:${column}: ${path === "" ? "" : `${path}: `}`;
  return place + message + (hint === undefined ? "" : ` (${hint})`);
}

/** By file, then by place. */
export function inReadingOrder(faults: readonly FileFault[]): FileFault[] {
  const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return faults.toSorted((a, b) => compareText(a.file, b.file) || a.line - b.line || a.column - b.column);
}
