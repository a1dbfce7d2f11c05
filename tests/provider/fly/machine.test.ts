import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { flyErrors } from "../../../provider/fly/errors.ts";
import type { MachineConfig, MachineInputs, MachineState } from "../../../provider/fly/index.ts";
import { postedConfig } from "../../../provider/fly/index.ts";
import { differences } from "../../../provider/plugin/detailed-diff.ts";
import { HalfDone, type Known } from "../../../provider/plugin/resource-type.ts";
import { Unknown } from "../../../provider/plugin/unknown.ts";
import { TEST_FLEET, testCall } from "../../support/call.ts";
import {
  after,
  appInputs,
  checked,
  failure,
  type FlyRoom,
  machineInputs,
  openFlyRoom,
  existingOf,
} from "./fly-room.ts";
import { FULL, SMALL } from "./machine-configs.ts";

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly instance_id: string;
  readonly region: string;
  readonly config: Record<string, unknown> & { readonly metadata: Record<string, string> };
}

let room: FlyRoom;
beforeAll(async () => {
  room = await openFlyRoom();
});
afterAll(() => room.cloud.dispose());

const owner = testCall().owner("acme");
const list = (app: string) => room.behind<Shown[]>("GET", `/v1/apps/${app}/machines`);
const show = (id: string) => room.behind<Shown>("GET", `/v1/apps/${id.replace("/", "/machines/")}`);
const settle = (id: string) =>
  room.behind("GET", `/v1/apps/${id.replace("/", "/machines/")}/wait?state=settled&timeout=5`);
const order = (id: string, verb: string, body?: unknown) =>
  room.behind<{ data: { nonce: string } }>("POST", `/v1/apps/${id.replace("/", "/machines/")}/${verb}`, body ?? {});
const tamper = async (id: string, config: object) => {
  await room.behind("POST", `/v1/apps/${id.replace("/", "/machines/")}`, { config });
  await settle(id);
};

/** A machine in an app of its own, as the state file knows it. */
async function given(app: string, more: Partial<MachineInputs> = {}) {
  await room.app.create(appInputs(app), testCall());
  const inputs = checked(room.machine, machineInputs(app, more));
  const existing = await room.machine.create(inputs, testCall());
  return { id: existing.id, inputs, existing, known: after(inputs, existing) };
}

type Given = Known<MachineInputs, MachineState>;
const read = (id: string, known?: Given) => room.machine.read(id, known, testCall());
const update = (id: string, known: Given, news: MachineInputs, call = testCall()) =>
  room.machine.update?.(id, known, checked(room.machine, news), call) ?? Promise.reject(new Error("no update"));

/** What the plan of a refresh would name. */
async function drift(id: string, known: Given): Promise<string[]> {
  const observed = await read(id, known);
  if (observed === undefined) throw new Error("the machine is gone");
  return differences(known.inputs, observed.inputs).map(({ path }) => path);
}

describe("a machine", () => {
  it("is made, started and healthy, and read back as it was declared", async () => {
    const { id, inputs, existing, known } = await given("fresh");
    const [machine] = await list("fresh");
    expect(existing).toEqual({ id: `fresh/${machine?.id ?? ""}`, state: { machineId: machine?.id } });
    expect(machine).toMatchObject({ state: "started", region: "iad" });
    expect(await read(id, known)).toEqual({ ...existing, inputs });
  });

  it("is posted as the emitted config says, with our marks", async () => {
    const { id } = await given("posted");
    const { config } = await show(id);
    expect(config.metadata).toEqual({ tenant: "acme", "tenantry-owner": `${TEST_FLEET}/test/acme` });
    expect(postedConfig({ config: SMALL, secretsVersion: 7 }, owner).metadata).toEqual({
      tenant: "acme",
      "tenantry-owner": `${TEST_FLEET}/test/acme`,
      "tenantry-secrets-version": "7",
    });
  });

  it("that uses every setting is read back as it was declared", async () => {
    await room.app.create(appInputs("every"), testCall());
    const volume = await room.behind<{ id: string }>("POST", "/v1/apps/every/volumes", {
      name: "data",
      region: "iad",
      size_gb: 1,
    });
    const config = { ...FULL, mounts: [{ volume: volume.id, path: "/data" }] };
    const inputs = checked(room.machine, machineInputs("every", { config }));
    const existing = await room.machine.create(inputs, testCall());
    expect(await read(existing.id, after(inputs, existing))).toEqual({ ...existing, inputs });
  });

  it("is replaced when it gets another volume, also while a preview does not know which", () => {
    expect(room.machine.replaceOn).toContain("volume");
    const mounting = (volume: string) => ({ ...SMALL, mounts: [{ volume, path: "/data" }] });
    const olds = checked(room.machine, machineInputs("bound", { config: mounting("vol_1") }));
    expect(olds.volume).toBe("vol_1");
    const unknown = { ...machineInputs("bound"), config: Unknown.value, volume: Unknown.value };
    const news = room.machine.check?.(unknown as unknown as MachineInputs, olds, () => new Date());
    expect(differences(olds, { ...news }).map(({ input }) => input)).toEqual(["config", "volume"]);
    expect(checked(room.machine, machineInputs("bound", { volume: "vol_1" }))).not.toHaveProperty("volume");
  });

  it("is imported complete, by its app and its id", async () => {
    const { id, inputs, existing } = await given("imported", { secretsVersion: 0 });
    expect(await read(id)).toEqual({ ...existing, inputs });
  });

  it("that carries no mark of ours is imported without a tenant, and the mark is missed afterwards", async () => {
    await room.app.create(appInputs("adopted"), testCall());
    const made = await room.behind<Shown>("POST", "/v1/apps/adopted/machines", { region: "fra", config: SMALL });
    await settle(`adopted/${made.id}`);
    const observed = await read(`adopted/${made.id}`);
    const { tenant: _, ...rest } = checked(room.machine, machineInputs("adopted", { region: "fra" }));
    expect(observed?.inputs).toEqual(rest);
    const known = { inputs: { ...rest, tenant: "acme" }, state: { machineId: made.id } };
    expect(await drift(`adopted/${made.id}`, known)).toEqual(['config.metadata["tenantry-owner"]']);
  });

  it("that no request can reach is imported as suspended", async () => {
    const { id, inputs, existing } = await given("imported-down", { suspended: true });
    expect(await read(id)).toEqual({ ...existing, inputs });
  });

  it.each([["acme"], ["acme/"], ["acme/1/2"], ["../acme"]])("is not looked for as %p", async (id) => {
    expect(await failure(read(id))).toMatchObject({ kind: flyErrors.FLY_MACHINE_ID });
  });

  it("is gone when Fly says so, also with its app", async () => {
    const { id, known } = await given("vanishing");
    await room.behind("DELETE", `/v1/apps/${id.replace("/", "/machines/")}?force=true`);
    expect(await read(id, known)).toBeUndefined();
    await room.behind("DELETE", "/v1/apps/vanishing");
    expect(await read(id, known)).toBeUndefined();
  });

  it("boots with the secrets it needs", async () => {
    await room.app.create(appInputs("secretive"), testCall());
    const inputs = checked(room.machine, machineInputs("secretive", { secretsVersion: 1 }));
    const early = await failure(room.machine.create(inputs, testCall()));
    expect(early.message).toContain("secrets version 1 is not available");
    await room.client.writeSecrets("secretive", { A: "b" }, {});
    const existing = await room.machine.create(inputs, testCall());
    expect((await read(existing.id, after(inputs, existing)))?.inputs.secretsVersion).toBe(1);
  });

  it("is not made where there is no app", async () => {
    expect((await failure(room.machine.create(machineInputs("nowhere"), testCall()))).message).toContain("404");
  });

  it("keeps its id in a preview of an update, and has none before it is made", () => {
    const known = { inputs: machineInputs("a"), state: { machineId: "1" } };
    expect(room.machine.foresee?.(known.inputs, known)).toEqual(known.state);
    expect(room.machine.foresee?.(known.inputs, undefined)).toEqual({});
  });

  it("is checked in a preview that does not know everything yet", () => {
    const config = { ...SMALL, env: { BUCKET: Unknown.value }, stop_config: { signal: "SIGTERM", timeout: "2m" } };
    const news = machineInputs("a", { config: config as unknown as MachineConfig });
    const { config: canonical } = room.machine.check?.(news, undefined, () => new Date()) ?? news;
    expect(canonical).toMatchObject({ env: { BUCKET: Unknown.value }, stop_config: { timeout: "120s" } });
    const unknown = { ...news, config: Unknown.value as unknown as MachineConfig };
    expect(room.machine.check?.(unknown, undefined, () => new Date())).toEqual(unknown);
  });
});

describe("a change outside tenantry", () => {
  const posted = (change: (config: MachineConfig) => MachineConfig) =>
    postedConfig({ config: change(SMALL), secretsVersion: undefined }, owner);
  const service = { ...SMALL.services?.[0], autostop: "off" as const } as NonNullable<
    MachineConfig["services"]
  >[number];

  it.each<[string, (config: MachineConfig) => object, string[]]>([
    ["the image", (c) => ({ ...c, image: "registry.example/app:2" }), ["config.image"]],
    ["the memory", (c) => ({ ...c, guest: { ...c.guest, memory_mb: 1024 } }), ["config.guest.memory_mb"]],
    ["a variable", (c) => ({ ...c, env: { LOG_LEVEL: "debug" } }), ["config.env.LOG_LEVEL"]],
    ["one more variable", (c) => ({ ...c, env: { ...c.env, MORE: "1" } }), ["config.env.MORE"]],
    ["no variables", (c) => ({ ...c, env: {} }), ["config.env"]],
    ["autostop", (c) => ({ ...c, services: [service] }), ["config.services[0].autostop"]],
    ["no services", (c) => ({ ...c, services: [] }), ["config.services"]],
    [
      "a check",
      (c) => ({ ...c, checks: { health: { ...c.checks?.["health"], interval: "2s" } } }),
      ["config.checks.health.interval"],
    ],
    [
      "the restart policy",
      (c) => ({ ...c, restart: { policy: "no" } }),
      ["config.restart.max_retries", "config.restart.policy"],
    ],
    [
      "the time to stop",
      (c) => ({ ...c, stop_config: { ...c.stop_config, timeout: "31s" } }),
      ["config.stop_config.timeout"],
    ],
    ["a tag", (c) => ({ ...c, metadata: { ...c.metadata, tenant: "other" } }), ["config.metadata.tenant"]],
    [
      "our mark",
      (c) => ({ ...c, metadata: { ...c.metadata, "tenantry-owner": "me" } }),
      ['config.metadata["tenantry-owner"]'],
    ],
    [
      "our mark and the image",
      (c) => ({ ...c, image: "registry.example/app:2", metadata: { ...c.metadata, "tenantry-owner": "me" } }),
      ["config.image", 'config.metadata["tenantry-owner"]'],
    ],
    ["a setting that tenantry does not emit", (c) => ({ ...c, schedule: "daily" }), ["config.schedule"]],
    ["the same in other words", (c) => ({ ...c, stop_config: { signal: "SIGTERM", timeout: 30e9 } }), []],
  ])("of %s is named, and fixed", async (_, change, paths) => {
    const app = `drift-${Math.random().toString(36).slice(2, 8)}`;
    const { id, known, inputs } = await given(app);
    await tamper(id, change(posted((config) => config)));
    expect(await drift(id, known)).toEqual(paths);
    const refreshed = await read(id, known);
    if (refreshed === undefined) throw new Error("the machine is gone");
    const call = testCall();
    await update(id, refreshed, inputs, call);
    expect(await drift(id, known)).toEqual([]);
    expect((await show(id)).state).toBe("started");
    // Nothing was changed since the refresh has looked.
    expect(call.lines).toEqual([]);
  });

  it("that only stops or starts the machine is no drift", async () => {
    const { id, known } = await given("stopped");
    await order(id, "stop");
    await settle(id);
    expect(await drift(id, known)).toEqual([]);
    await order(id, "restart").catch(() => order(id, "start"));
    expect(await drift(id, known)).toEqual([]);
  });

  it("is written over by an update that has not seen it, which says so", async () => {
    const { id, known, inputs } = await given("unseen");
    await tamper(id, { ...SMALL, image: "registry.example/other:9" });
    const call = testCall();
    await update(id, known, { ...inputs, config: { ...SMALL, env: { LOG_LEVEL: "warn" } } }, call);
    expect((await show(id)).config).toMatchObject({ image: SMALL.image, env: { LOG_LEVEL: "warn" } });
    expect(call.lines).toMatchObject([{ severity: "warning" }]);
  });

  it("cannot be told while the machine's host does not answer, and then nothing is", async () => {
    const { known, id } = await given("unreachable");
    const answer = { ...(await show(id)), host_status: "unreachable", config: undefined };
    const silent = room.through({
      ...room.client,
      machine: () => Promise.resolve({ ...answer, instanceId: "1", checks: [], unaskedEnds: [] }),
    });
    const call = testCall();
    expect(await silent["tenantry:fly:Machine"].read(id, known, call)).toEqual({ id, ...known });
    expect(call.lines).toMatchObject([{ severity: "warning" }]);
    const error = await failure(silent["tenantry:fly:Machine"].read(id, undefined, call));
    expect(error).toMatchObject({ kind: flyErrors.FLY_HOST_UNREACHABLE });
  });
});

describe("an update", () => {
  it("replaces the whole config under a lease that is given back", async () => {
    const { id, known, inputs } = await given("updated");
    const before = await show(id);
    const { checks: _, ...config } = { ...SMALL, env: { NEW: "1" } };
    await update(id, known, { ...inputs, config });
    const machine = await show(id);
    expect(machine.config["env"]).toEqual({ NEW: "1" });
    expect(machine.config["checks"]).toBeUndefined();
    expect(machine.instance_id).not.toBe(before.instance_id);
    expect((await failure(room.behind("GET", `/v1/apps/${id.replace("/", "/machines/")}/lease`))).message).toContain(
      "404",
    );
  });

  it("for new secrets restarts the machine with them", async () => {
    const { id, known, inputs } = await given("rotated", { secretsVersion: 0 });
    const { version } = await room.client.writeSecrets("rotated", { A: "b" }, {});
    const before = await show(id);
    await update(id, known, { ...inputs, secretsVersion: version });
    const machine = await show(id);
    expect(machine.instance_id).not.toBe(before.instance_id);
    expect((await read(id, known))?.inputs.secretsVersion).toBe(version);
  });

  it("that finds everything so already restarts nothing, and starts what is down", async () => {
    const { id, known, inputs } = await given("same");
    const { instance_id } = await show(id);
    await order(id, "stop");
    await settle(id);
    await update(id, known, inputs);
    expect(await show(id)).toMatchObject({ instance_id, state: "started" });
  });

  it("is refused while somebody else holds the lease, who is named", async () => {
    const { id, known, inputs } = await given("leased");
    const { data } = await order(id, "lease", { ttl: 60, description: "by hand" });
    const error = await failure(update(id, known, { ...inputs, config: { ...SMALL, env: { A: "1" } } }));
    expect(error).toMatchObject({ kind: flyErrors.FLY_LEASE_HELD });
    expect(error.message).toMatch(/@tokens\.fly\.io holds the lease \("by hand"\) until \d{4}-/);
    expect((await show(id)).config["env"]).toEqual(SMALL.env);
    await room.behind("DELETE", `/v1/apps/${id.replace("/", "/machines/")}/lease`, undefined, data.nonce);
  });

  it("waits for the lease that a killed run of ours left behind", async () => {
    const { id, known, inputs } = await given("leftover");
    await order(id, "lease", { ttl: 1, description: `tenantry ${TEST_FLEET}/test/acme 0badcafe` });
    const call = testCall();
    await update(id, known, { ...inputs, config: { ...SMALL, env: { A: "1" } } }, call);
    expect(call.lines).toMatchObject([{ severity: "info" }]);
    expect((await show(id)).config["env"]).toEqual({ A: "1" });
  });

  it("holds its lease for as long as it takes", async () => {
    const { id, known, inputs } = await given("slow");
    await room.behind("PUT", "/_embedded/checks/slow", { status: "critical", output: "not yet" });
    const checks = { health: { type: "tcp" as const, port: 8080, interval: "2s", timeout: "500ms" } };
    // It is waited for 7.5 s: three tries.
    const work = failure(update(id, known, { ...inputs, config: { ...SMALL, checks } }));
    await new Promise((resolve) => setTimeout(resolve, 3500));
    const held = await failure(order(id, "stop"));
    expect(held.message).toContain("lease currently held");
    expect(await work).toBeInstanceOf(HalfDone);
    expect((await failure(room.behind("GET", `/v1/apps/${id.replace("/", "/machines/")}/lease`))).message).toContain(
      "404",
    );
  });

  it("of a machine that is gone says so", async () => {
    const { id, known, inputs } = await given("gone");
    await room.behind("DELETE", `/v1/apps/${id.replace("/", "/machines/")}?force=true`);
    const error = await failure(update(id, known, { ...inputs, config: { ...SMALL, env: { A: "1" } } }));
    expect(error).toMatchObject({ kind: flyErrors.FLY_MACHINE_GONE });
  });

  it("writes nothing over a version that it has not seen", async () => {
    const { id, known, inputs } = await given("raced");
    const racing = room.through({
      ...room.client,
      updateMachine: async (at, launch, nonce, to) => {
        await room.behind(
          "POST",
          `/v1/apps/${id.replace("/", "/machines/")}`,
          { config: { ...SMALL, image: "a/raced:1" } },
          nonce,
        );
        await settle(id);
        return room.client.updateMachine(at, launch, nonce, to);
      },
    })["tenantry:fly:Machine"];
    const news = { ...inputs, config: { ...SMALL, env: { A: "1" } } };
    const error = await failure(racing.update?.(id, known, news, testCall()) ?? Promise.resolve());
    expect(error).toMatchObject({ kind: flyErrors.FLY_CHANGED_MEANWHILE });
    expect((await show(id)).config["image"]).toBe("a/raced:1");
  });
});

describe("a machine that does not get well", () => {
  const sick = (app: string) =>
    room.behind("PUT", `/_embedded/checks/${app}`, { status: "critical", output: "connection\nrefused" });
  const well = (app: string) => room.behind("PUT", `/_embedded/checks/${app}`, { status: "passing" });

  it("is remembered as half done when it was just made, and goes on from there", async () => {
    await room.app.create(appInputs("sick"), testCall());
    await sick("sick");
    const inputs = checked(room.machine, machineInputs("sick"));
    const error = await failure(room.machine.create(inputs, testCall()));
    const [machine] = await list("sick");
    expect(error).toBeInstanceOf(HalfDone);
    expect(existingOf(error)).toEqual({
      id: `sick/${machine?.id ?? ""}`,
      state: { machineId: machine?.id, isUnwell: true },
    });
    expect(error.cause).toMatchObject({ kind: flyErrors.FLY_UNHEALTHY, context: { tenant: "acme" } });
    expect(error.message).toContain("check health is critical: connection refused");
    await well("sick");
    const known = { inputs, state: { machineId: machine?.id ?? "" } };
    await order(`sick/${machine?.id ?? ""}`, "restart");
    await update(`sick/${machine?.id ?? ""}`, known, inputs);
    expect(await list("sick")).toHaveLength(1);
  });

  it("has its new config, and is half done, after an update", async () => {
    const { id, known, inputs } = await given("sickened");
    await sick("sickened");
    const news = { ...inputs, config: { ...SMALL, env: { A: "1" } } };
    const error = await failure(update(id, known, news));
    expect(error).toBeInstanceOf(HalfDone);
    expect(error.cause).toMatchObject({ kind: flyErrors.FLY_UNHEALTHY });
    expect((await show(id)).config["env"]).toEqual({ A: "1" });
  });
});

describe("a suspended machine", () => {
  it("is down, and has no services by which a request could start it", async () => {
    const { id, known } = await given("asleep", { suspended: true });
    expect((await show(id)).config["services"]).toBeUndefined();
    expect((await show(id)).state).toBe("created");
    expect(await drift(id, known)).toEqual([]);
    await order(id, "start");
    await settle(id);
    expect(await drift(id, known)).toEqual(["suspended"]);
  });

  it("is suspended and resumed in place", async () => {
    const { id, known, inputs } = await given("paused");
    const asleep = checked(room.machine, { ...inputs, suspended: true });
    await update(id, known, asleep);
    expect((await show(id)).state).toBe("stopped");
    expect(await drift(id, { ...known, inputs: asleep })).toEqual([]);
    await update(id, { ...known, inputs: asleep }, inputs);
    expect((await show(id)).state).toBe("started");
    expect(await drift(id, known)).toEqual([]);
  });

  it("is stopped again after somebody started it", async () => {
    const { id, known, inputs } = await given("woken", { suspended: true });
    await order(id, "start");
    await settle(id);
    await update(id, known, inputs);
    expect((await show(id)).state).toBe("stopped");
  });
});

describe("a machine that is destroyed", () => {
  it("is stopped first, never forced, and may be destroyed again", async () => {
    const { id, known } = await given("destroyed");
    await room.machine.delete(id, known, testCall());
    await room.machine.delete(id, known, testCall());
    expect(await list("destroyed")).toEqual([]);
    expect((await show(id)).state).toBe("destroyed");
    await room.behind("DELETE", "/v1/apps/destroyed");
    await room.machine.delete(id, known, testCall());
  });

  it("never ran, or is suspended", async () => {
    const { id, known } = await given("unborn", { suspended: true });
    await room.machine.delete(id, known, testCall());
    expect(await read(id, known)).toBeUndefined();
  });

  it("stays while somebody else holds its lease", async () => {
    const { id, known } = await given("held");
    await order(id, "lease", { ttl: 60 });
    expect(await failure(room.machine.delete(id, known, testCall()))).toMatchObject({ kind: flyErrors.FLY_LEASE_HELD });
    expect((await show(id)).state).toBe("started");
  });
});

describe("a machine that exists already", () => {
  it("under our mark is found, and brought to what is declared", async () => {
    const { id, inputs } = await given("found");
    const config = { ...SMALL, env: { A: "1" } };
    const again = await room.machine.create({ ...inputs, config }, testCall());
    expect(again.id).toBe(id);
    expect((await show(id)).config["env"]).toEqual({ A: "1" });
    expect(await list("found")).toHaveLength(1);
  });

  it("under somebody else's mark is left alone", async () => {
    const { id, inputs } = await given("shared");
    const other = await room.machine.create(inputs, testCall({ fleetId: "ff".repeat(16) }));
    expect(other.id).not.toBe(id);
    expect(await list("shared")).toHaveLength(2);
  });

  it("and is being replaced is left alone, and its successor is found", async () => {
    const { id, inputs } = await given("replaced");
    const news = { ...inputs, region: "fra" };
    const call = testCall({ replaces: id });
    const successor = await room.machine.create(news, call);
    expect(successor.id).not.toBe(id);
    expect(await room.machine.create(news, call)).toEqual(successor);
    expect((await list("replaced")).map(({ region }) => region).sort()).toEqual(["fra", "iad"]);
  });

  it("in another region is not doubled", async () => {
    const { id, inputs } = await given("elsewhere");
    const error = await failure(
      room.machine.create({ ...inputs, region: "fra" }, testCall({ token: room.machine.token })),
    );
    expect(error).toMatchObject({ kind: flyErrors.FLY_MACHINE_ELSEWHERE });
    expect(error.message).toContain(`pulumi import tenantry:fly:Machine acme ${id}`);
    expect(await list("elsewhere")).toHaveLength(1);
  });

  it("twice is not guessed at", async () => {
    const { inputs } = await given("double");
    const config = postedConfig(inputs, owner);
    await room.behind("POST", "/v1/apps/double/machines", { region: "iad", config });
    const error = await failure(room.machine.create(inputs, testCall()));
    expect(error).toMatchObject({ kind: flyErrors.FLY_MACHINE_DOUBLE });
  });
});
