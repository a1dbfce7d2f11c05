import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, it } from "@jest/globals";

const CONTAINER = join(import.meta.dirname, "../../container");

/** The entrypoint's own start, wait and stop of an app, without a mount. */
const SCRIPT = `
  set -eu
  stop_app=20 app_uid='' groups='' stopping='' lost='' app=''
  say() { printf '%s\\n' "$*"; }
  has_ended() { ! kill -0 "$1" 2>/dev/null; }
  . "$0/signals.sh"; . "$0/app.sh"
  handle_signals
  start_app "$@"
  [ -z "$stopping$lost" ] || end_app
  wait_for_app
  [ -z "\${app_timer:-}" ] || kill -KILL "$app_timer"
  echo "the app ended with $ended_with"
`;
const APP = "trap 'echo told; exit 7' TERM; echo up; while :; do sleep 0.02; done";

/** What is printed when these signals come, with this time between them, from the moment on that the app runs. */
async function printedAfter(signals: readonly NodeJS.Signals[], pauseMs: number): Promise<string[]> {
  const shell: ChildProcess = spawn("sh", ["-c", SCRIPT, CONTAINER, "sh", "-c", APP], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [shell.stdout, shell.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const closed = once(shell, "exit");
  while (!printed.includes("up") && shell.exitCode === null) await sleep(1);
  for (const signal of signals) {
    shell.kill(signal);
    if (pauseMs > 0) await sleep(pauseMs);
  }
  await closed;
  // What it has left in the background may hold the pipe; the last that it prints itself comes through it all the same.
  while (!printed.includes("the app ended with")) await sleep(5);
  return printed.trim().split("\n");
}

describe("signals in quick succession", () => {
  it.each([0, 1, 15])(
    "tell the app once, and its own exit code is kept: %d ms between them",
    async (pauseMs) => {
      for (let round = 0; round < 10; round++) {
        const many = Array.from({ length: 8 }, () =>
          printedAfter(["SIGINT", "SIGTERM", "SIGUSR1", "SIGTERM"], pauseMs),
        );
        for (const lines of await Promise.all(many)) {
          expect(lines.sort()).toEqual([
            expect.stringMatching(/^SIG(?:INT|TERM): stopping$/),
            "the app ended with 7",
            "told",
            "up",
          ]);
        }
      }
    },
    60_000,
  );
});
