import { TenantryError } from "../errors/tenantry-error.ts";
import { cliErrors } from "./errors.ts";

/**
 * Does work that Ctrl-C or SIGTERM breaks off in good order: what it has begun is cleared away, and it can be gone on with. A
 * second one ends the process at once. Throws INTERRUPTED.
 *
 * @param next how one goes on with it; default: by the same command
 */
export async function interruptible<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  next?: string,
): Promise<Result> {
  const controller = new AbortController();
  const stop = () => {
    controller.abort();
    release();
  };
  const release = () => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, stop);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
  try {
    return await work(controller.signal);
  } catch (cause) {
    if (!controller.signal.aborted) throw cause;
    throw new TenantryError(cliErrors.INTERRUPTED, "by a signal", { cause, next });
  } finally {
    release();
  }
}
