import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { FlyClient } from "../../../provider/fly/client.ts";
import { flyRateLimits } from "../../../provider/fly/rate-limits.ts";
import { testCall } from "../../support/call.ts";
import { after, appInputs, checked, type FlyRoom, machineInputs, openFlyRoom } from "./fly-room.ts";

const CREATE = { operation: "POST /v1/apps/{app}/machines", path: "/v1/apps/a/machines" };
const GET = { operation: "GET /v1/apps/{app}/machines/{machine}", path: "/v1/apps/a/machines/m" };

/** How many of `count` calls at once go without waiting. */
async function atOnce(
  limits: ReturnType<typeof flyRateLimits>,
  call: { operation: string; path: string },
  count: number,
) {
  let passed = 0;
  for (let index = 0; index < count; index += 1) void limits.admit(call).then(() => (passed += 1));
  // By no clock: on a busy computer the next one's time may come meanwhile.
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  return passed;
}

describe("the pace of calls to Fly", () => {
  it("is a burst of three for an action of an app, ten for reading a machine", async () => {
    const limits = flyRateLimits();
    expect(await atOnce(limits, CREATE, 5)).toBe(3);
    expect(await atOnce(limits, GET, 12)).toBe(10);
  });

  it("is counted for each action and each app or machine alone", async () => {
    const limits = flyRateLimits();
    await atOnce(limits, CREATE, 3);
    expect(await atOnce(limits, { ...CREATE, path: "/v1/apps/b/machines" }, 3)).toBe(3);
    expect(await atOnce(limits, { ...CREATE, operation: "GET /v1/apps/{app}/machines" }, 3)).toBe(3);
    const lease = (machine: string) => ({ operation: "lease", path: `/v1/apps/a/machines/${machine}/lease` });
    expect(await atOnce(limits, lease("m1"), 3)).toBe(3);
    expect(await atOnce(limits, lease("m2"), 3)).toBe(3);
  });

  it("is one a second after the burst", async () => {
    const limits = flyRateLimits();
    await atOnce(limits, CREATE, 3);
    const started = performance.now();
    await limits.admit(CREATE);
    await limits.admit(CREATE);
    const took = performance.now() - started;
    expect(took).toBeGreaterThan(1900);
    expect(took).toBeLessThan(10_000);
  });

  it("has no limit where Fly documents none", async () => {
    expect(await atOnce(flyRateLimits(), { operation: "GET /v1/apps", path: "/v1/apps?org_slug=o" }, 50)).toBe(50);
  });

  it("forgets what has been idle for long enough to be full again", async () => {
    let now = 0;
    const limits = flyRateLimits(() => now);
    await Promise.all(
      Array.from({ length: 50 }, (_, app) => limits.admit({ ...CREATE, path: `/v1/apps/a${app}/machines` })),
    );
    expect(limits.size).toBe(50);
    now = 31_000;
    await limits.admit(CREATE);
    expect(limits.size).toBe(1);
  });
});

describe("twenty tenants at once", () => {
  let room: FlyRoom;
  beforeAll(async () => {
    room = await openFlyRoom();
    await room.limits(true);
  });
  afterAll(() => room.cloud.dispose());

  it("are made, changed and deleted without one call that Fly turns down", async () => {
    const made = new Map<string, number>();
    const types = room.through(counting(room.client, made));
    const call = testCall();
    const live = async (index: number) => {
      const app = appInputs(`tenant-${index}`);
      const ips = checked(types["tenantry:fly:IpAssignment"], { tenant: "acme", app: app.name, ingress: "public" });
      const secrets = { tenant: "acme", app: app.name, values: { A: "b" } };
      await types["tenantry:fly:App"].create(app, call);
      const [addresses, { state }] = await Promise.all([
        types["tenantry:fly:IpAssignment"].create(ips, call),
        types["tenantry:fly:Secrets"].create(secrets, call),
      ]);
      const inputs = checked(types["tenantry:fly:Machine"], machineInputs(app.name, { secretsVersion: state.version }));
      const machine = await types["tenantry:fly:Machine"].create(inputs, call);
      const known = after(inputs, machine);
      const news = { ...inputs, config: { ...inputs.config, env: { A: "2" } } };
      await types["tenantry:fly:Machine"].update?.(machine.id, known, news, call);
      await types["tenantry:fly:Machine"].delete(machine.id, known, call);
      await types["tenantry:fly:IpAssignment"].delete(addresses.id, after(ips, addresses), call);
      await types["tenantry:fly:App"].delete(app.name, after(app, { state: {} }), call);
    };
    await room.cloud.forgetCalls();
    await Promise.all(Array.from({ length: 20 }, (_, index) => live(index)));
    // Whether Fly counts the making of apps per organisation is documented nowhere: it may be turned down and repeated.
    // And one list of apps tells the networks of all that are asked for at the same time.
    const uncounted = ["POST /v1/apps", "GET /v1/apps"];
    const calls = (await room.cloud.calls()).filter(({ operation }) => !uncounted.includes(operation));
    for (const name of ["createApp", "networkOf"]) made.delete(name);
    // A call that was turned down would have been repeated, and so served more often than it was made.
    expect(sum(calls.map(({ count }) => count))).toBe(sum(made.values()) + (made.get("untilKnown") ?? 0));
    expect(calls.find(({ operation }) => operation === "DELETE /v1/apps/{app}")).toMatchObject({ count: 20 });
  });
});

function sum(counts: Iterable<number>): number {
  return [...counts].reduce((total, count) => total + count, 0);
}

/** The client, and how often each of its methods was called: each makes one HTTP call, `untilKnown` one to either service. */
function counting(client: FlyClient, made: Map<string, number>): FlyClient {
  return new Proxy(client, {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      if (typeof method !== "function") return method;
      return (...args: unknown[]): unknown => {
        made.set(String(name), (made.get(String(name)) ?? 0) + 1);
        return Reflect.apply(method, target, args) as unknown;
      };
    },
  });
}
