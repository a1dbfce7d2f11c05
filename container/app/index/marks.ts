import type { InStatement } from "@libsql/client";

/**
 * Every transaction of this app leaves a number here that is higher than all before it, whatever the database was before:
 * milliseconds since 1970, or one more than the last. A reader that sees the number also sees what was written with it.
 */
export function leaveMark(now: Date): InStatement[] {
  return [
    "CREATE TABLE IF NOT EXISTS marks (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL)",
    {
      sql: `INSERT INTO marks VALUES (1, ?)
              ON CONFLICT (one) DO UPDATE SET number = max(number + 1, excluded.number) RETURNING number`,
      args: [now.getTime()],
    },
  ];
}

export const LAST_MARK = "SELECT number FROM marks";
