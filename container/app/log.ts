export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Writes one event as one line of JSON. */
export type Log = (level: LogLevel, event: string, fields?: Readonly<Record<string, unknown>>) => void;

interface LogOptions {
  readonly write: (line: string) => void;
  readonly clock: () => Date;
  readonly level: LogLevel;
  /** Values that appear in no line, whatever text they came in with: a client's error message may quote them. */
  readonly secrets: readonly string[];
  readonly tenant: string | undefined;
}

/** A log of JSON lines at and above `level`. */
export function jsonLog({ write, clock, level, secrets, tenant }: LogOptions): Log {
  const least = LOG_LEVELS.indexOf(level);
  const hidden = secrets.filter((secret) => secret !== "");
  return (of, event, fields = {}) => {
    if (LOG_LEVELS.indexOf(of) < least) return;
    const line = JSON.stringify({ time: clock().toISOString(), level: of, event, tenant, ...fields });
    write(`${hidden.reduce((text, secret) => text.replaceAll(secret, "[secret]"), line)}\n`);
  };
}

/** What to log of an error: its own message and those of its causes; no stack, no bodies. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as { code?: unknown }).code;
  const own = typeof code === "string" && !error.message.includes(code) ? `${code}: ${error.message}` : error.message;
  return error.cause === undefined ? own : `${own}; ${reasonOf(error.cause)}`;
}
