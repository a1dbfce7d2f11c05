import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { type Asking, type GateFinding, gateFindings } from "../../../operations/rollout/gates.ts";
import type { Progress } from "../../../operations/rollout/progress.ts";
import type { Rollout } from "../../../rollouts/rollout.ts";

/** An app that runs: /healthz answers, /broken fails, /flaky fails every fourth time, /moved leads elsewhere. */
let app: Server;
let url: string;
let asked: string[] = [];

beforeAll(async () => {
  app = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    const isFlaky = path === "/flaky" && asked.length % 4 === 0;
    const status = path === "/broken" || isFlaky ? 503 : path === "/moved" ? 302 : path === "/healthz" ? 200 : 404;
    response.writeHead(status, status === 302 ? { location: "/healthz" } : {}).end("said");
  });
  await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => app.close(resolve)));

const NOW = new Date("2027-01-10T12:00:00Z");
const RUNS: Progress = { is: "runs", words: "runs, its checks pass", since: "2027-01-10T11:00:00Z" };

async function findings(gates: Partial<Rollout["gates"]>, more: Partial<Asking> = {}, progress = RUNS) {
  asked = [];
  const asking = { now: NOW, fetch, limitMs: 10_000, urlOf: () => url, demo: () => Promise.resolve(), ...more };
  return gateFindings({ checks: "10m", ...gates }, new Map([["acme", progress]]), asking);
}
const shown = (found: readonly GateFinding[]) => found.map(({ gate, verdict, words }) => [gate, verdict, words]);
const CHECKS = ["checks", "holds", "runs, its checks pass"];

describe("a gate that asks a running app", () => {
  it("holds when its probe answers as it is to, and says what it answers otherwise", async () => {
    expect(shown(await findings({ probe: { path: "/healthz", status: 200 } }))).toEqual([
      CHECKS,
      ["probe", "holds", "its probe answers"],
    ]);
    expect(shown(await findings({ probe: { path: "/broken", status: 200 } }))).toEqual([
      CHECKS,
      ["probe", "failed", "/broken answers 503, not 200"],
    ]);
    // What leads elsewhere is an answer of its own.
    expect(shown(await findings({ probe: { path: "/moved", status: 302 } }))[1]?.[1]).toBe("holds");
    expect(asked).toEqual(["/moved"]);
  });

  it("runs a program of one's own with the tenant and its address, and takes its end for the answer", async () => {
    const program = (script: string) => ({ command: [process.execPath, "-e", script] });
    const reaches =
      "fetch(process.env.URL + '/healthz?' + process.env.TENANT).then(({ status }) => process.exit(status === 404 ? 0 : 1))";
    expect(shown(await findings({ probe: program(reaches) }))[1]).toEqual(["probe", "holds", "its probe answers"]);
    expect(asked).toEqual(["/healthz?acme"]);
    expect(shown(await findings({ probe: program("process.exit(3)") }))[1]?.slice(0, 2)).toEqual(["probe", "failed"]);
  });

  it("counts errors and times of so many requests, one after the other", async () => {
    const requests = { path: "/flaky", count: 20, maxErrors: 0.25 };
    const words = expect.stringMatching(/^5 of 20 requests failed, p95 \d+ ms$/) as unknown;
    expect(shown(await findings({ requests }))[1]).toEqual(["requests", "holds", words]);
    expect(asked).toHaveLength(20);
    expect(shown(await findings({ requests: { ...requests, maxErrors: 0.2 } }))[1]).toEqual([
      "requests",
      "failed",
      words,
    ]);
    // The 95th of a hundred is what is held against the limit, and nothing answers in no time.
    const slow: typeof fetch = async (...args) => {
      const answer = await fetch(...args);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return answer;
    };
    const limited = { path: "/healthz", count: 5, p95Ms: 10 };
    expect(shown(await findings({ requests: limited }, { fetch: slow }))[1]?.slice(0, 2)).toEqual([
      "requests",
      "failed",
    ]);
    expect(shown(await findings({ requests: { ...limited, p95Ms: 60_000 } }))[1]?.slice(0, 2)).toEqual([
      "requests",
      "holds",
    ]);
  });

  it("fails without a listener, without an address, and when a note is not found", async () => {
    const gates = { probe: { path: "/" }, requests: { count: 5 }, demo: true };
    const demo = () => Promise.reject(new Error("DEMO_FAILED: the note is not in the bucket\nnext: …"));
    const nowhere = shown(await findings(gates, { urlOf: () => undefined, demo }));
    const none = "its app has no address that can be reached from here";
    expect(nowhere).toEqual([
      CHECKS,
      ["probe", "failed", none],
      ["requests", "failed", none],
      ["demo", "failed", "DEMO_FAILED: the note is not in the bucket"],
    ]);
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(0, "127.0.0.1", resolve));
    const { port } = dead.address() as AddressInfo;
    await new Promise((resolve) => dead.close(resolve));
    const silent = shown(await findings(gates, { urlOf: () => `http://127.0.0.1:${port}` }));
    expect(silent.map(([gate, verdict]) => [gate, verdict])).toEqual([
      ["checks", "holds"],
      ["probe", "failed"],
      ["requests", "failed"],
      ["demo", "holds"],
    ]);
    expect(silent[2]?.[2]).toContain("5 of 5 requests failed");
  });

  it("asks nothing of an app that is not well yet, or sleeps: no request wakes a machine", async () => {
    const gates = { probe: {}, requests: {}, demo: true };
    for (const [is, verdict] of [
      ["asleep", "asleep"],
      ["failed", "failed"],
      ["open", "open"],
    ] as const)
      expect((await findings(gates, {}, { is, words: "" })).map((each) => each.verdict)).toEqual([verdict]);
    const young = { ...RUNS, since: "2027-01-10T11:55:00Z" };
    expect(shown(await findings(gates, {}, young))).toEqual([["checks", "open", "has run for 300 s of 10m"]]);
    expect(asked).toEqual([]);
  });
});
