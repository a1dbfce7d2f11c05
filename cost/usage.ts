import type { Tenant } from "../tenants/model/tenant.ts";

/** A month as Fly bills it: 30 days. */
export const HOURS_PER_MONTH = 720;

/** What one tenant uses in a month. GB are 10⁹ bytes. */
export interface Usage {
  /** GB of files: in the bucket, or on the volume. */
  readonly storedGb: number;
  /** GB that the machine sends to its bucket. */
  readonly uploadedGb: number;
  /** Requests that write or list: PUT, COPY, POST, LIST. */
  readonly writes: number;
  /** Requests that read: GET, HEAD. */
  readonly reads: number;
  /** GB in the database. */
  readonly databaseGb: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  /** Hours the machine runs, of `HOURS_PER_MONTH`. */
  readonly runningHours: number;
  /** GB of the machine's image, paid for while it is stopped. */
  readonly imageGb: number;
}

/** Of a tenant about which nothing was measured. Guesses, meant to be changed; `tenantry cost` prints them. */
export const ASSUMED: Usage = {
  storedGb: 1,
  uploadedGb: 0.5,
  writes: 10_000,
  reads: 100_000,
  databaseGb: 0.1,
  rowsRead: 1_000_000,
  rowsWritten: 50_000,
  runningHours: 120,
  imageGb: 0.5,
};

/** What a month of `tenant` is assumed to use: its own settings first, then what is assumed of everybody. */
export function assumedUsage({ state, machine }: Tenant, assumed: Usage = ASSUMED): Usage {
  if (state === "suspended")
    return { ...assumed, runningHours: 0, uploadedGb: 0, writes: 0, reads: 0, rowsRead: 0, rowsWritten: 0 };
  return machine.autostop === "off" ? { ...assumed, runningHours: HOURS_PER_MONTH } : assumed;
}
