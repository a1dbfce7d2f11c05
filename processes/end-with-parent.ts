const INTERVAL_MS = 250;

/**
 * Ends this process when the one that started it is gone. An engine that is killed with -9 cannot stop its plugins and its
 * program, and one that goes on would race with the next `up`. What it was doing is found again by that next `up`.
 */
export function endWithParent(): void {
  const parent = process.ppid;
  const endIfAlone = () => {
    if (process.ppid !== parent) end();
  };
  setInterval(endIfAlone, INTERVAL_MS).unref();
  // Pulumi's SDK tells the engine of an error, which fails when that is gone, and so on: no timer gets its turn then.
  process.on("uncaughtExceptionMonitor", endIfAlone);
  // Nobody reads what we say any more.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", end);
}

/** At once: `process.exit` asks all that is loaded, and what talks to an engine that is gone throws and goes on. */
function end(): void {
  process.kill(process.pid, "SIGKILL");
}
