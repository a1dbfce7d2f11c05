import { appendFileSync } from "node:fs";
import { join } from "node:path";

import { ModernFakeTimers } from "@jest/fake-timers";
import { ModuleMocker } from "jest-mock";

import { processorSeconds } from "./processor-time.js";

const { console } = globalThis;
const { exit } = process;
const LISTENED = ["uncaughtException", "unhandledRejection", "exit", "SIGINT", "SIGTERM"];

/**
 * This process as it is, and as it was again once a test file has ended: folder, variables, listeners. Besides, tests are told
 * whether one of their file has failed (tests/support/evidence.ts asks), and what the file has cost is noted for the runner.
 */
export default class Environment {
  global = globalThis;
  moduleMocker = new ModuleMocker(globalThis);
  #before = { cwd: process.cwd(), env: { ...process.env }, listeners: LISTENED.map((name) => process.listeners(name)) };

  #secondsBefore = processorSeconds();
  #path;

  constructor({ projectConfig }, { testPath }) {
    this.#path = testPath;
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
    globalThis.aTestHasFailed = false;
    // Only for the programs that tests start. What a worker loads it loads under another address each time.
    process.env.NODE_COMPILE_CACHE ??= join(projectConfig.rootDir, "node_modules/.cache/tenantry");
  }

  async setup() {}

  async teardown() {
    const { TENANTRY_COSTS: costs } = process.env;
    if (costs !== undefined) appendFileSync(costs, `${processorSeconds() - this.#secondsBefore} ${this.#path}\n`);
    this.fakeTimersModern.dispose();
    Object.assign(globalThis, { console });
    Object.assign(process, { exit, exitCode: undefined });
    const { cwd, env, listeners } = this.#before;
    process.chdir(cwd);
    for (const name of Object.keys(process.env)) if (!(name in env)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, env);
    LISTENED.forEach((name, place) => {
      for (const each of process.listeners(name)) if (!listeners[place].includes(each)) process.off(name, each);
    });
  }

  getVmContext() {
    return null;
  }

  handleTestEvent({ name, test }) {
    if (name === "test_fn_failure" || name === "hook_failure") globalThis.aTestHasFailed = true;
    if (name !== "test_done") return;
    for (const error of test.errors.flat()) {
      if (typeof error?.stack === "string") error.stack = error.stack.replaceAll(/\?file=\d+/g, "");
    }
  }
}
