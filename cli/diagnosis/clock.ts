import type { DoctorFinding } from "./finding.ts";

/** Clock and network, as the doctor is given them. */
export interface Clockwork {
  readonly now: () => Date;
  readonly fetch: (url: string, options: { method: string; signal: AbortSignal }) => Promise<{ headers: Headers }>;
}

/** S3 refuses signatures that are 15 minutes off; long before that a clock is worth a word. */
const toleratedSeconds = 60;
const timeoutMs = 5000;

/** How far this machine's clock is off, by the Date header of each vendor. */
export async function clocks(
  vendors: Readonly<Record<string, string>>,
  clockwork: Clockwork,
): Promise<DoctorFinding[]> {
  return await Promise.all(Object.entries(vendors).map(([vendor, endpoint]) => clock(vendor, endpoint, clockwork)));
}

async function clock(vendor: string, endpoint: string, { now, fetch }: Clockwork): Promise<DoctorFinding> {
  const subject = `clock, by ${vendor}`;
  let date: string | null;
  const asked = now().getTime();
  try {
    date = (await fetch(endpoint, { method: "HEAD", signal: AbortSignal.timeout(timeoutMs) })).headers.get("date");
  } catch {
    return { subject, state: "attention", source: endpoint, detail: "does not answer", fix: `curl -sI ${endpoint}` };
  }
  // The answer was dated some time between asking and now.
  const answered = now().getTime();
  const theirs = Date.parse(date ?? "");
  if (Number.isNaN(theirs)) return { subject, state: "attention", source: endpoint, detail: "its answer has no date" };
  const off = theirs < asked ? asked - theirs : Math.max(0, theirs - answered);
  const seconds = Math.round(off / 1000);
  if (seconds <= toleratedSeconds) return { subject, state: "ok", source: endpoint, detail: "agrees" };
  const detail = `this machine's clock is ${seconds} s ${theirs < asked ? "ahead" : "behind"}`;
  return { subject, state: "attention", source: endpoint, detail, fix: "timedatectl set-ntp true" };
}
