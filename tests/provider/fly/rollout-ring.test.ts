import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { TenantryError } from "../../../errors/tenantry-error.ts";
import { flyTypes, type MachineInputs } from "../../../provider/fly/index.ts";
import { HalfDone } from "../../../provider/plugin/resource-type.ts";
import { isDeep } from "../../support/deep.ts";
import { watched } from "../../support/watched.ts";
import { testCall } from "../../support/call.ts";
import { after, appInputs, checked, type FlyRoom, machineInputs, openFlyRoom } from "./fly-room.ts";
import { SMALL } from "./machine-configs.ts";

const OLD = "registry.example/agent:1";
const NEW = "registry.example/agent:2";
const SLOW = isDeep ? 3_600_000 : 600_000;
/** As many as a fleet has where there is time. */
const COUNT = isDeep ? 200 : 12;
const BROKEN = isDeep ? [20, 90, 150] : [3, 6, 9];

let room: FlyRoom;
beforeAll(async () => {
  room = await openFlyRoom();
}, 60_000);
afterAll(() => room.cloud.dispose());

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly config: { readonly image: string };
  readonly checks: readonly { readonly status: string }[];
  readonly events: readonly { readonly type: string; readonly source: string; readonly timestamp: number }[];
}

interface Fleet {
  readonly apps: readonly string[];
  readonly update: (app: string, news?: (olds: MachineInputs) => MachineInputs) => Promise<string>;
  readonly look: (app: string) => Promise<Shown>;
  readonly path: (app: string) => string;
}

/** Machines on the old image, each in an app of its own, and how a rollout changes one. */
async function fleet(name: string, count: number, pace: { halt: number; atATime: number }): Promise<Fleet> {
  const { fly } = room.cloud.descriptor;
  const patience = { bootLimitMs: 700, lookMs: 1500, leaseSeconds: 5 };
  const types = flyTypes(fly, {
    client: room.client,
    patience,
    paceOf: () => Promise.resolve({ rollout: name, ...pace }),
  });
  const machine = types["tenantry:fly:Machine"];
  const apps = Array.from({ length: count }, (_, at) => `${name}-${at}`);
  const made = new Map(
    await Promise.all(
      apps.map(async (app) => {
        await room.app.create(appInputs(app), testCall());
        const olds = checked(machine, machineInputs(app, { config: { ...SMALL, image: OLD } }));
        return [app, { olds, existing: await room.machine.create(olds, testCall()) }] as const;
      }),
    ),
  );
  const of = (app: string) => {
    const found = made.get(app);
    if (found === undefined) throw new Error(`no ${app}`);
    return found;
  };
  const path = (app: string) => `/v1/apps/${of(app).existing.id.replace("/", "/machines/")}`;
  return {
    apps,
    path,
    look: (app) => room.behind<Shown>("GET", path(app)),
    update: async (app, news = (olds) => ({ ...olds, config: { ...olds.config, image: NEW } })) => {
      const { olds, existing } = of(app);
      try {
        await machine.update?.(existing.id, after(olds, existing), checked(machine, news(olds)), testCall());
        return "ok";
      } catch (error) {
        if (error instanceof HalfDone) return "half done";
        if (error instanceof TenantryError) return error.code;
        throw error;
      }
    },
  };
}

const broken = (app: string) =>
  room.behind("PUT", `/_embedded/checks/${app}`, { status: "critical", output: "no index", image: NEW });
const isWell = ({ state, checks }: Shown) => state === "started" && checks.every(({ status }) => status === "passing");

describe("an image in a ring of a rollout whose health fails on three machines", () => {
  it(
    "never has more machines down than restart at a time, gives each that failed its old config back, and stops at the limit",
    async () => {
      const { apps, update, look } = await fleet("ring", COUNT, { halt: 3, atATime: 2 });
      const bad = BROKEN.map((at) => `ring-${at}`);
      for (const app of bad) await broken(app);
      const outcomes = new Map<string, string>();
      const mostDown = await watched(
        async () => (await Promise.all(apps.map(look))).filter((each) => !isWell(each)).length,
        async () => {
          await Promise.all(apps.map(async (app) => outcomes.set(app, await update(app))));
        },
      );
      const having = (outcome: string) => [...outcomes].flatMap(([app, each]) => (each === outcome ? [app] : []));
      expect(mostDown).toBeLessThanOrEqual(2);
      expect(having("FLY_TAKEN_BACK")).toEqual(bad);
      expect(having("ok").length + having("FLY_HALTED").length).toBe(COUNT - 3);
      const now = new Map(await Promise.all(apps.map(async (app) => [app, await look(app)] as const)));
      expect([...now.values()].every(isWell)).toBe(true);
      for (const app of apps) expect(now.get(app)?.config.image).toBe(outcomes.get(app) === "ok" ? NEW : OLD);
    },
    SLOW,
  );

  it("restarts one after the other where one at a time is asked for, by Fly's own events", async () => {
    const { apps, update, look } = await fleet("single", 4, { halt: 2, atATime: 1 });
    await broken("single-1");
    await Promise.all(apps.map((app) => update(app)));
    const spans = await Promise.all(
      apps.map(async (app) => {
        const { events } = await look(app);
        const times = events.map(({ timestamp }) => timestamp).sort((a, b) => a - b);
        // The first start is that of its making.
        const first = events.toReversed().findIndex(({ type }) => type === "update");
        return { app, from: times[first] ?? 0, to: times.at(-1) ?? 0 };
      }),
    );
    const inOrder = spans.sort((one, other) => one.from - other.from);
    expect(inOrder[0]?.from).toBeGreaterThan(0);
    for (const [at, span] of inOrder.slice(1).entries())
      expect(span.from).toBeGreaterThanOrEqual(inOrder[at]?.to ?? Infinity);
  });
});

describe("a machine in a ring", () => {
  it("that sleeps gets its config and sleeps on, also with new secrets", async () => {
    const { update, look, path } = await fleet("sleeper", 1, { halt: 1, atATime: 1 });
    const stop = async () => {
      await room.behind("POST", `${path("sleeper-0")}/stop`, {});
      await room.behind("GET", `${path("sleeper-0")}/wait?state=settled&timeout=30`);
    };
    await stop();
    await broken("sleeper-0");
    expect(await update("sleeper-0")).toBe("ok");
    expect(await look("sleeper-0")).toMatchObject({ state: "stopped", config: { image: NEW } });
    await room.behind("PUT", "/_embedded/checks/sleeper-0", { status: "passing" });
    expect(await update("sleeper-0", (olds) => ({ ...olds, secretsVersion: 0 }))).toBe("ok");
    expect(await look("sleeper-0")).toMatchObject({ state: "stopped", config: { image: OLD } });
  });

  it("says nothing of an image while it sleeps: those after it still go one batch at a time", async () => {
    const { apps, update, path } = await fleet("dozing", 3, { halt: 1, atATime: 3 });
    await room.behind("POST", `${path("dozing-0")}/stop`, {});
    await room.behind("GET", `${path("dozing-0")}/wait?state=settled&timeout=30`);
    expect(await update("dozing-0")).toBe("ok");
    for (const app of apps.slice(1)) await broken(app);
    const outcomes = await Promise.all(apps.slice(1).map((app) => update(app)));
    expect(outcomes.sort()).toEqual(["FLY_HALTED", "FLY_TAKEN_BACK"]);
  });

  it("that is well neither way says so, and keeps the config of before", async () => {
    const { update, look } = await fleet("worse", 1, { halt: 1, atATime: 1 });
    await room.behind("PUT", "/_embedded/checks/worse-0", { status: "critical", output: "no disk" });
    expect(await update("worse-0")).toBe("FLY_TAKEN_BACK");
    expect((await look("worse-0")).config.image).toBe(OLD);
  });
});
