/** The current time. A parameter, so that a test sets it. */
export type Clock = () => Date;

/** The clock of the provider. `TENANTRY_NOW` (ISO time) sets it, to see today what a rotation will do on that day. */
export function clockFrom(env: Readonly<Record<string, string | undefined>>): Clock {
  const fixed = env["TENANTRY_NOW"];
  if (fixed === undefined || fixed === "") return () => new Date();
  const now = new Date(fixed);
  if (Number.isNaN(now.getTime())) throw new Error(`TENANTRY_NOW is not an ISO time: ${fixed}`);
  return () => now;
}
