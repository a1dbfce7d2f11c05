import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { hasRateLimits } from "../../../local/fly/embedded-operations.ts";
import { LIMITS, rateLimiter } from "../../../local/fly/rate-limits.ts";
import { openTables } from "../../../local/fly/tables.ts";
import { openStore } from "../../../local/store.ts";
import { clockAt } from "../../support/call.ts";
import { type FlyCloud, startFly } from "./fly-cloud.ts";

function limiterAt() {
  const { clock, advance } = clockAt("2026-01-01T00:00:00Z");
  return { limiter: rateLimiter(clock), advance };
}

describe("the limit of an action", () => {
  it("lets a burst of three through, then one each second", () => {
    const { limiter, advance } = limiterAt();
    const admit = () => limiter.admit(LIMITS.action, "start", "m1");
    expect([admit(), admit(), admit(), admit()]).toEqual([true, true, true, false]);
    advance(999);
    expect(admit()).toBe(false);
    advance(1);
    expect([admit(), admit()]).toEqual([true, false]);
    advance(60_000);
    expect([admit(), admit(), admit(), admit()]).toEqual([true, true, true, false]);
  });

  it("counts each action and each identifier by itself", () => {
    const { limiter } = limiterAt();
    const empty = (action: string, id: string) => {
      while (limiter.admit(LIMITS.action, action, id));
    };
    empty("start", "m1");
    expect(limiter.admit(LIMITS.action, "stop", "m1")).toBe(true);
    expect(limiter.admit(LIMITS.action, "start", "m2")).toBe(true);
    expect(limiter.admit(LIMITS.action, "start", "m1")).toBe(false);
  });

  it("is wider for reading a machine, and for deleting apps", () => {
    const { limiter, advance } = limiterAt();
    const count = (limit: { perSecond: number; burst: number }, action: string) => {
      let admitted = 0;
      while (limiter.admit(limit, action, "x")) admitted += 1;
      return admitted;
    };
    expect([count(LIMITS.getMachine, "get"), count(LIMITS.appDeletion, "delete")]).toEqual([10, 100]);
    advance(1000);
    expect([count(LIMITS.getMachine, "get"), count(LIMITS.appDeletion, "delete")]).toEqual([5, 1]);
  });
});

describe("the embedded Fly", () => {
  let fly: FlyCloud;
  beforeAll(async () => (fly = await startFly()));
  afterAll(() => fly.dispose());
  const limits = (enabled: boolean) => fly.ask("PUT", "/_embedded/rate-limits", { enabled });
  const burst = async (path: string, calls: number) =>
    (await Promise.all(Array.from({ length: calls }, () => fly.ask("GET", path)))).map(({ status }) => status);

  it("answers 429 in the shape of the service, per app and per machine", async () => {
    await fly.createApp("busy");
    await fly.createApp("calm");
    const { id } = await fly.createMachine("busy");
    await limits(true);
    expect((await burst("/apps/busy/secrets", 6)).filter((status) => status === 429).length).toBeGreaterThanOrEqual(2);
    expect((await fly.ask("GET", "/apps/calm/secrets")).status).toBe(200);
    expect((await fly.ask("GET", "/apps/busy/volumes")).status).toBe(200);
    expect(await burst(`/apps/busy/machines/${id}`, 8)).not.toContain(429);
    await burst("/apps/busy/ip_assignments", 6);
    const limited = await fly.ask("GET", "/apps/busy/ip_assignments");
    expect(limited).toMatchObject({ status: 429, body: { message: "rate limit exceeded" } });
    expect(limited.headers.get("retry-after")).toBeNull();
    await limits(false);
    expect(await burst("/apps/busy/secrets", 6)).not.toContain(429);
  });

  it("counts the creation of apps per name, so that many tenants can be created at once", async () => {
    await limits(true);
    const create = async (name: string) =>
      (await fly.ask("POST", "/apps", { name, org_slug: fly.organization })).status;
    const names = Array.from({ length: 10 }, (_, index) => `fleet-${index}`);
    expect(await Promise.all(names.map(create))).toEqual(names.map(() => 201));
    expect(await Promise.all(Array.from({ length: 5 }, () => create("same")))).toContain(429);
    await limits(false);
  });

  it("has them on from the start", () => {
    const store = openStore(":memory:");
    expect(hasRateLimits(openTables(store))).toBe(true);
    store.close();
  });

  it("remembers the switch", async () => {
    await limits(false);
    await fly.cloud.halt();
    await fly.cloud.restart();
    expect(await burst("/apps/busy/secrets", 6)).not.toContain(429);
    await limits(true);
    await fly.cloud.halt();
    await fly.cloud.restart();
    expect(await burst("/apps/busy/secrets", 6)).toContain(429);
  });
});
