/** The process takes 1.3 times its limit for file data: peaks of 109, 193 and 557 MiB were measured at 64, 128 and 1000. */
const FACTOR = 1.3;
/** TigrisFS idle, 30 MiB, and 100 000 names of about 1 KB each. */
const BESIDES_MB = 30 + 100;
/** MiB for the kernel and the entrypoint. */
export const SYSTEM_MB = 64;
/** The least a tenant file may ask for; below it, uploads and reads wait for each other. */
const LEAST_MB = 16;

/** MiB of memory that TigrisFS may take in all with this `--memory-limit` (MiB) and its default of 100 000 names. */
export function tigrisfsMemoryMb(memoryLimitMb: number): number {
  return Math.ceil(memoryLimitMb * FACTOR) + BESIDES_MB;
}

/**
 * The largest `--memory-limit` (whole MiB) that leaves the app its share of a machine, both in MiB; undefined when the
 * machine is too small for a mount beside such an app.
 */
export function memoryLimitFor(machine: { readonly memoryMb: number; readonly appMb: number }): number | undefined {
  const room = machine.memoryMb - machine.appMb - SYSTEM_MB - BESIDES_MB;
  const limit = Math.floor(room / FACTOR);
  return limit < LEAST_MB ? undefined : limit;
}
