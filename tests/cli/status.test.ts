import { describe, expect, it } from "@jest/globals";

import { reachedBy, stateWord } from "../../cli/status.ts";
import { recordedIn, type RecordedTenant } from "../../operations/engine/recorded-tenants.ts";
import type { StoredResource } from "../../operations/engine/stack-state.ts";
import { eventsOf, machineStatus, type MachineStatus } from "../../operations/machines/machine-status.ts";
import { VendorError } from "../../provider/http/vendor-error.ts";

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
  callers: null,
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

  it("counts as crashed also while its restart policy starts it again and again, until somebody touches it", () => {
    const [end, touch] = [exit(3, false), { type: "start", timestamp: 0, source: "user" }];
    const checks = [{ name: "ready", status: "critical" }];
    expect(eventsOf({ state: "starting", events: [end] }).crashed).toBe(true);
    expect(eventsOf({ state: "starting", events: [touch, end] }).crashed).toBe(false);
    expect(eventsOf({ state: "started", events: [end, end, end], checks }).crashed).toBe(true);
    expect(eventsOf({ state: "started", events: [end, end], checks }).crashed).toBe(false);
    expect(eventsOf({ state: "started", events: [end, end, touch, end], checks }).crashed).toBe(false);
    expect(eventsOf({ state: "started", events: [end, end, end], checks: [] }).crashed).toBe(false);
  });
});

describe("a private app", () => {
  it("has in its status from which network its address answers, as it was applied", () => {
    const stored = (ingress: string, more = {}) =>
      [
        ["Machine", { app: "a", region: "iad", config: { env: {} } }, { machineId: "m1" }],
        ["IpAssignment", { app: "a", ingress, ...more }, {}],
      ].map(([type, inputs, outputs]) => ({
        type: `tenantry:fly:${type as string}`,
        urn: `urn:pulumi:local::tenantry::tenantry:index:Tenant$tenantry:fly:${type as string}::acme`,
        inputs: inputs as object,
        outputs,
      })) as unknown as StoredResource[];
    const callers = (ingress: string, more?: object) => recordedIn(stored(ingress, more)).get("acme")?.callers;
    expect([callers("public"), callers("private"), callers("private", { callers: "routers" })]).toEqual([
      undefined,
      "default",
      "routers",
    ]);
    expect([reachedBy("a", "default"), reachedBy("a", "routers")]).toEqual([
      "http://a.flycast, from machines on the organisation's default network only",
      "http://a.flycast, from machines on the network routers only",
    ]);
  });
});

describe("a machine that ends while it is asked about its mount", () => {
  it("still has its line: Fly's data, without the mount", async () => {
    const refused = { status: 412, body: undefined, said: "machine is not started", clocks: undefined };
    const found = await machineStatus("acme", RECORD, null, {
      find: () => Promise.resolve({ id: "m1", state: "started", region: "iad" }),
      start: () => Promise.resolve(true),
      exec: () => Promise.reject(new VendorError("Fly", refused, { resource: "machine a/m1" })),
    });
    expect(found).toMatchObject({ state: "started", mount: null, runs: null });
  });
});

const RECORD: RecordedTenant = {
  state: "active",
  backend: "tigris",
  app: "a",
  machineId: "m1",
  versions: {},
  machine: { region: "iad", config: { env: { BUCKET_NAME: "b" } } },
};
