/** What runs a database at Turso. Since July 2026 its cloud has two; only libSQL has FTS5. */
export type Engine = "libsql" | "tursodb";

/**
 * The engine of a database, by its id: a UUID whose sixth byte is 0x10 belongs to a TursoDB one. Turso says it nowhere else.
 * What is no UUID is taken for libSQL's. Source: turso-cli, cmd/db_show.go, `isTursoDB`.
 */
export function engineOf(dbId: string): Engine {
  return /^[0-9a-f]{8}-[0-9a-f]{2}10-/i.test(dbId) ? "tursodb" : "libsql";
}
