// What tenantry relies on at Fly, whatever else its documents leave open.
import { beforeAll, expect, it } from "@jest/globals";

import { until } from "../../operations/canary/room.ts";
import { configOf } from "../../operations/canary/questions/fly-place.ts";
import { flyErrors } from "../../provider/fly/errors.ts";
import { flyTypes } from "../../provider/fly/index.ts";
import { networkName } from "../../tenants/physical-name.ts";
import { claimsThatSay } from "../support/call.ts";
import { CASE_LIMIT_MS, declared, type ScratchTenants, madeAndRead } from "./scratch-tenants.ts";

const REGION = "iad";

/** The cases about Fly. @param at the ground that is open by the time they run */
export function flyCases(at: () => ScratchTenants): void {
  let scratch: ScratchTenants;
  let types: ReturnType<typeof flyTypes>;
  beforeAll(() => {
    scratch = at();
    const { fly, accounts } = scratch.room;
    types = flyTypes(accounts.fly, { client: fly, maxFailedMachines: Infinity });
  });

  const call = (held: "by-us" | "by-nobody" = "by-us") => scratch.call({ claims: claimsThatSay({ held }) });
  const appOf = (letter: string) => {
    const name = scratch.name("app", letter);
    const network = networkName({ app: name, ...scratch.room.names.owner });
    const { organization } = scratch.room.accounts.fly;
    return madeAndRead(scratch, types["tenantry:fly:App"], {
      tenant: scratch.tenant,
      claim: "bucket",
      name,
      organization,
      network,
    });
  };
  const machineOf = async (letter: string, more: object = {}) => {
    const { id: app } = await appOf(letter);
    const machine = types["tenantry:fly:Machine"];
    const given = { tenant: scratch.tenant, app, region: REGION, config: config(), ...more };
    return { app, machine, ...(await madeAndRead(scratch, machine, given)) };
  };
  /** The mark in the metadata is the provider's own to set. */
  const config = (env: Readonly<Record<string, string>> = {}) => ({ ...configOf(scratch.room, env), metadata: {} });
  const stateOf = async (app: string, { machineId }: { machineId: string }) =>
    (await scratch.room.fly.machine({ app, machine: machineId }, scratch.room))?.state;

  it(
    "shows a new app on its own network, and tells a name that is taken",
    async () => {
      const type = types["tenantry:fly:App"];
      const { id, known, observed } = await appOf("a");
      expect(observed?.inputs).toEqual(known.inputs);
      expect(await type.create(known.inputs, call())).toMatchObject({ id });
      const stranger = declared(type, { ...known.inputs, network: "another-network" });
      await expect(type.create(stranger, call("by-nobody"))).rejects.toMatchObject({ kind: flyErrors.FLY_NAME_TAKEN });
      await type.delete(id, known, call());
      await until(scratch.room, "the app's end", async () =>
        (await type.read(id, known, call())) === undefined ? true : undefined,
      );
    },
    CASE_LIMIT_MS,
  );

  it(
    "keeps secrets with a digest that tells a change, and a version that grows",
    async () => {
      const { id: app } = await appOf("b");
      const type = types["tenantry:fly:Secrets"];
      const values = { ONE: "first", TWO: "kept" };
      const { id, known, observed } = await madeAndRead(scratch, type, { tenant: scratch.tenant, app, values });
      expect(observed?.state.digests).toEqual(known.state.digests);
      const news = declared(type, { ...known.inputs, values: { ONE: "second", TWO: "kept" } });
      const state = await type.update?.(id, known, news, call());
      expect(state?.digests["TWO"]).toBe(known.state.digests["TWO"]);
      expect(state?.digests["ONE"]).not.toBe(known.state.digests["ONE"]);
      expect(state?.version).toBeGreaterThan(known.state.version);
    },
    CASE_LIMIT_MS,
  );

  it.each(["public", "private"])(
    "gives an app the addresses of %s ingress, once, and takes them back",
    async (ingress) => {
      const { id: app } = await appOf(ingress === "public" ? "c" : "d");
      const type = types["tenantry:fly:IpAssignment"];
      const { id, known, observed } = await madeAndRead(scratch, type, { tenant: scratch.tenant, app, ingress });
      expect(observed?.state.addresses).toEqual(known.state.addresses);
      expect(await type.create(known.inputs, call())).toEqual({ id, state: known.state });
      await type.delete(id, known, call());
      expect((await type.read(id, known, call()))?.state.addresses).toEqual([]);
    },
    CASE_LIMIT_MS,
  );

  it(
    "runs a machine as it was declared, then as it was changed, and makes no second one of its name",
    async () => {
      const { app, id, machine, known, observed } = await machineOf("e");
      expect(observed).toMatchObject({ id, state: known.state, inputs: known.inputs });
      expect(await stateOf(app, known.state)).toBe("started");
      expect(await machine.create(known.inputs, call())).toMatchObject({ id });
      const news = declared(machine, { ...known.inputs, config: config({ ROUND: "2" }) });
      await machine.update?.(id, known, news, call());
      expect((await machine.read(id, { ...known, inputs: news }, call()))?.inputs).toEqual(news);
      expect(await stateOf(app, known.state)).toBe("started");
    },
    CASE_LIMIT_MS,
  );

  it(
    "stops a suspended tenant's machine, and starts it when the tenant is resumed",
    async () => {
      const { app, id, machine, known } = await machineOf("f");
      const suspended = declared(machine, { ...known.inputs, suspended: true });
      await machine.update?.(id, known, suspended, call());
      expect(await stateOf(app, known.state)).toBe("stopped");
      await machine.update?.(id, { ...known, inputs: suspended }, known.inputs, call());
      expect(await stateOf(app, known.state)).toBe("started");
    },
    CASE_LIMIT_MS,
  );

  it(
    "lends a machine to one at a time",
    async () => {
      const { app, known } = await machineOf("g");
      const path = `/v1/apps/${app}/machines/${known.state.machineId}`;
      const ask = scratch.room.askFly;
      const lease = await ask("POST", `${path}/lease`, { json: { ttl: 60 } });
      expect(lease.status).toBe(201);
      const { nonce } = (lease.body as { data: { nonce: string } }).data;
      expect((await ask("POST", path, { json: { config: config() } })).status).toBe(409);
      const headers = { "fly-machine-lease-nonce": nonce };
      expect((await ask("DELETE", `${path}/lease`, { headers })).status).toBe(200);
    },
    CASE_LIMIT_MS,
  );

  it(
    "keeps a volume as it was declared, and mounts it in a machine",
    async () => {
      const { id: app } = await appOf("h");
      const given = { tenant: scratch.tenant, app, name: "data", region: REGION, sizeGb: 1, deletable: true };
      const volume = await madeAndRead(scratch, types["tenantry:fly:Volume"], given);
      expect(volume.observed?.inputs).toEqual(volume.known.inputs);
      const mounted = { ...config(), mounts: [{ volume: volume.id.split("/").at(-1), path: "/data" }] };
      const machine = types["tenantry:fly:Machine"];
      const made = await madeAndRead(scratch, machine, {
        tenant: scratch.tenant,
        app,
        region: REGION,
        config: mounted,
      });
      expect(made.observed?.inputs.config.mounts).toEqual(mounted.mounts);
      await machine.delete(made.id, made.known, call());
      expect(await machine.read(made.id, made.known, call())).toBeUndefined();
      await types["tenantry:fly:Volume"].delete(volume.id, volume.known, call());
      await until(scratch.room, "the volume's end", async () =>
        (await types["tenantry:fly:Volume"].read(volume.id, volume.known, call())) === undefined ? true : undefined,
      );
    },
    CASE_LIMIT_MS,
  );
}
