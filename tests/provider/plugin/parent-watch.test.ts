import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterEach, describe, expect, it } from "@jest/globals";

const PLUGIN = join(import.meta.dirname, "../../../provider/pulumi-resource-tenantry");
/** Stands in for the engine: starts the plugin, lets it write to the same pipe, and does nothing more. */
const ENGINE = `require("node:child_process").spawn(process.argv[1], { stdio: ["ignore", "inherit", "inherit"] });
setInterval(() => undefined, 1000);`;

let engine: ChildProcess;
afterEach(() => {
  try {
    // The whole group: if the plugin did not end by itself, it ends now.
    if (engine.pid !== undefined) process.kill(-engine.pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
});

describe("the plugin", () => {
  it("stays while the engine that started it lives, and ends by itself when that is killed with -9", async () => {
    engine = spawn(process.execPath, ["-e", ENGINE, PLUGIN], { stdio: ["ignore", "pipe", "inherit"], detached: true });
    const { stdout } = engine;
    if (stdout === null) throw new Error("no pipe");
    const [port] = (await once(stdout, "data")) as [Buffer];
    expect(port.toString()).toMatch(/^\d+\n$/);
    let isOver = false;
    // The pipe ends when its last writer has ended: the engine and the plugin.
    const over = once(stdout, "end").then(() => (isOver = true));
    await sleep(600);
    expect(isOver).toBe(false);
    engine.kill("SIGKILL");
    await over;
  }, 30_000);
});
