import { describe, expect, it } from "@jest/globals";

import { stateWord } from "../../cli/status.ts";
import type { MachineStatus } from "../../operations/machines/machine-status.ts";

const machine: MachineStatus = {
  tenant: "acme",
  app: "tnt-local-acme",
  machine: "f9c3ae5e183b69",
  state: "started",
  since: null,
  unaskedEnds: 0,
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
    ["suspended", { state: "stopped", mount: null, runs: null }, "suspended"],
    ["gone", { state: "gone", mount: null, runs: null }, "active"],
    ["failed", { state: "failed", mount: null, runs: null }, "active"],
    ["starting", { state: "starting", mount: null, runs: null }, "active"],
  ] as const)("is one word: %s", (word, about, declared) => {
    expect(stateWord({ ...machine, ...about }, declared)).toBe(word);
  });
});
