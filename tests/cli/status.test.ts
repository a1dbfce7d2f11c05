import { describe, expect, it } from "@jest/globals";

import { stateWord } from "../../cli/status.ts";
import { eventsOf, type MachineStatus } from "../../operations/machines/machine-status.ts";

const machine: MachineStatus = {
  tenant: "acme",
  app: "tnt-local-acme",
  machine: "f9c3ae5e183b69",
  state: "started",
  since: null,
  unaskedEnds: 0,
  crashed: false,
  checks: [{ name: "ready", status: "passing", output: "" }],
  mount: "running",
  runs: true,
  url: null,
};

describe("the state that status shows", () => {
  it.each([
    ["running", {}, "active"],
    ["unhealthy", { checks: [{ name: "ready", status: "critical", output: "refused" }] }, "active"],
    ["unhealthy", { mount: "unhealthy" }, "active"],
    ["idle", { state: "stopped", mount: null, runs: null }, "active"],
    ["crashed", { state: "stopped", crashed: true, mount: null, runs: null }, "active"],
    ["suspended", { state: "stopped", mount: null, runs: null }, "suspended"],
    ["gone", { state: "gone", mount: null, runs: null }, "active"],
    ["failed", { state: "failed", mount: null, runs: null }, "active"],
    ["starting", { state: "starting", mount: null, runs: null }, "active"],
  ] as const)("is one word: %s", (word, about, declared) => {
    expect(stateWord({ ...machine, ...about }, declared)).toBe(word);
  });
});

describe("a machine that is down", () => {
  const exit = (exit_code: number, requested_stop: boolean, oom_killed = false) => ({
    type: "exit",
    timestamp: 0,
    request: { exit_event: { exit_code, requested_stop, oom_killed } },
  });
  const stop = { type: "stop", timestamp: 0 };

  it.each([
    ["a program that ended with an error by itself", [exit(3, false)], true],
    ["a program that ran out of memory", [exit(0, false, true)], true],
    ["an error long ago, and an idle stop since", [exit(0, true), exit(3, false)], false],
    ["an idle stop, also of a program that answers a signal with an error", [exit(143, true)], false],
    ["a program that ends with 0 by itself when it is idle", [exit(0, false)], false],
    ["no event that tells", [stop], false],
  ] as const)("is told apart by how it ended: %s", (_what, events, crashed) => {
    expect(eventsOf({ state: "stopped", events: [...events] }).crashed).toBe(crashed);
    expect(eventsOf({ state: "started", events: [...events] }).crashed).toBe(false);
  });
});
