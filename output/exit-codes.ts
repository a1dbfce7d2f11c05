/** What the exit code of every verb means. */
export const EXIT = {
  ok: 0,
  /** Something failed; the message says what to do. */
  error: 1,
  /** There are changes, or there is drift, or a gate was missed. */
  changes: 2,
  /** A destruction was found that no tenant file declares. */
  guarded: 3,
} as const;

/** One of `EXIT`. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
