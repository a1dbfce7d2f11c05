const INTERVAL_MS = 250;

/**
 * Ends this process when the engine that started it is gone. An engine that is killed with -9 cannot stop its plugins, and
 * one that goes on creating would race with the next `up`. What it was doing is found again by that next `up`.
 */
export function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, INTERVAL_MS).unref();
}
