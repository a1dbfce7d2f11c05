import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { type FlyCloud, type Machine, SMALL, startFly } from "../fly-cloud.ts";

let fly: FlyCloud;
beforeAll(async () => {
  fly = await startFly();
  await fly.createApp("acme");
});
afterAll(() => fly.dispose());

const at = (id: string, rest = "") => `/apps/acme/machines/${id}${rest}`;
const create = (body: object = {}) => fly.createMachine("acme", body);
const read = (id: string) => fly.machine("acme", id);
const tell = (id: string, command: string, body?: unknown, nonce?: string) =>
  fly.ask("POST", at(id, `/${command}`), body, { nonce });
const settle = async (id: string) => {
  await fly.ask("GET", at(id, "/wait?state=settled&timeout=5"));
  return read(id);
};
const update = (id: string, body: object, nonce?: string) =>
  fly.ask<Machine>("POST", at(id), { config: SMALL, ...body }, { nonce });
const list = async (query: string) =>
  (await fly.ask<Machine[]>("GET", `/apps/acme/machines?${query}`)).body.map(({ id }) => id);

describe("a machine", () => {
  it("is created, boots, and reads back", async () => {
    const answer = await fly.ask<Machine>("POST", "/apps/acme/machines", {
      name: "first",
      region: "fra",
      config: { ...SMALL, env: { A: "1" } },
    });
    expect(answer).toMatchObject({ status: 200, body: { name: "first", state: "created", region: "fra" } });
    expect(await settle(answer.body.id)).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{14}$/),
      state: "started",
      private_ip: expect.stringMatching(/^fdaa:/),
      host_status: "ok",
      image_ref: { registry: "registry.example", repository: "app", tag: "1" },
      config: { env: { A: "1" } },
      events: [
        { type: "start", status: "started" },
        { type: "launch", status: "created" },
      ],
    });
  });

  it("stays down with skip_launch", async () => {
    const { id, state } = await create({ skip_launch: true });
    expect(state).toBe("created");
    await tell(id, "start");
    expect((await settle(id)).state).toBe("started");
  });

  it("is refused under a name that another one has, until that is destroyed", async () => {
    const { id } = await create({ name: "unique" });
    const again = () => fly.ask("POST", "/apps/acme/machines", { name: "unique", region: "iad", config: SMALL });
    expect((await again()).status).toBe(409);
    await fly.ask("DELETE", at(id, "?force=true"));
    await settle(id);
    expect((await again()).status).toBe(200);
  });

  it("stops, starts, suspends and restarts", async () => {
    const { id, instance_id: version } = await create();
    expect((await tell(id, "stop", { signal: "SIGTERM", timeout: "30s" })).body).toEqual({ ok: true });
    expect(await settle(id)).toMatchObject({ state: "stopped", events: [{ type: "exit" }, { type: "stop" }, {}, {}] });
    expect((await tell(id, "stop")).status).toBe(200);
    expect((await tell(id, "start")).body).toMatchObject({ previous_state: "stopped" });
    expect((await settle(id)).state).toBe("started");
    await tell(id, "suspend");
    expect((await settle(id)).state).toBe("suspended");
    await tell(id, "start");
    await settle(id);
    expect((await tell(id, "restart")).status).toBe(200);
    expect(await settle(id)).toMatchObject({ state: "started", instance_id: version });
  });

  it.each([
    ["restart", "stopped"],
    ["suspend", "stopped"],
    ["signal", "stopped"],
    ["stop", "created"],
  ])("refuses to %s while it is %s", async (command, state) => {
    const { id } = await create({ skip_launch: state === "created" });
    if (state === "stopped") {
      await tell(id, "stop");
      await settle(id);
    }
    expect(await tell(id, command, { signal: "SIGTERM" })).toMatchObject({
      status: 412,
      body: { error: expect.stringContaining("failed_precondition") },
    });
    expect((await read(id)).state).toBe(state);
  });

  it.each([
    ["more than 2 GB", { guest: { cpu_kind: "shared", cpus: 2, memory_mb: 4096 } }],
    ["swap", { init: { swap_size_mb: 512 } }],
    ["a schedule", { schedule: "daily" }],
  ])("with %s can't be suspended", async (_, more) => {
    const { id } = await create({ config: { ...SMALL, ...more } });
    expect((await tell(id, "suspend")).status).toBe(412);
    expect((await read(id)).state).toBe("started");
  });

  it("is destroyed only when it is down, or by force", async () => {
    const { id } = await create();
    expect(await fly.ask("DELETE", at(id))).toMatchObject({
      status: 412,
      body: { error: expect.stringContaining("not currently stopped") },
    });
    expect((await fly.ask("DELETE", at(id, "?kill=true"))).status).toBe(200);
    expect((await settle(id)).state).toBe("destroyed");
    // Fly still answers it; it is in no list, and nothing brings it back.
    expect(await list("")).not.toContain(id);
    expect(await list("include_deleted=true")).toContain(id);
    for (const command of ["start", "stop", "restart", "suspend"]) expect((await tell(id, command)).status).toBe(412);
    expect((await update(id, {})).status).toBe(412);
    expect((await tell(id, "lease")).status).toBe(412);
    expect((await fly.ask("DELETE", at(id))).status).toBe(200);
    expect((await read(id)).state).toBe("destroyed");
  });

  it("can't run commands as long as it is a record", async () => {
    const { id } = await create();
    expect(await tell(id, "exec", { command: ["true"] })).toMatchObject({
      status: 501,
      body: { error: expect.stringContaining("unimplemented") },
    });
  });
});

describe("an update", () => {
  it("replaces the whole config, makes a new version and restarts the machine", async () => {
    const before = await create({ config: { ...SMALL, env: { A: "1" }, metadata: { m: "1" } } });
    const answer = await update(before.id, {
      current_version: before.instance_id,
      config: { ...SMALL, env: { B: "2" } },
    });
    expect(answer.status).toBe(200);
    const after = await settle(before.id);
    expect(after).toMatchObject({ state: "started", config: { env: { B: "2" } } });
    expect(after.config).not.toHaveProperty("metadata");
    expect(after.config["env"]).toEqual({ B: "2" });
    expect(after.instance_id).not.toBe(before.instance_id);
    expect(after.instance_id).toBe(answer.body.instance_id);
  });

  it("of an old version is refused and changes nothing", async () => {
    const before = await create();
    await update(before.id, { config: { ...SMALL, env: { A: "1" } } });
    const middle = await settle(before.id);
    const stale = await update(before.id, {
      current_version: before.instance_id,
      config: { ...SMALL, env: { A: "2" } },
    });
    expect(stale.status).toBe(409);
    expect(await read(before.id)).toEqual(middle);
  });

  it("leaves a machine down that was not started, as flyd does", async () => {
    const { id } = await create();
    await tell(id, "stop");
    await settle(id);
    await update(id, {});
    expect((await settle(id)).state).toBe("stopped");
    await tell(id, "start");
    await settle(id);
    await update(id, { skip_launch: true });
    expect((await settle(id)).state).toBe("stopped");
    await tell(id, "start");
    await settle(id);
    await tell(id, "suspend");
    await settle(id);
    await update(id, {});
    expect((await settle(id)).state).toBe("stopped");
    const unborn = await create({ skip_launch: true });
    await update(unborn.id, {});
    expect((await settle(unborn.id)).state).toBe("created");
  });

  it("can't move it to another region", async () => {
    const { id } = await create();
    expect((await update(id, { region: "fra" })).status).toBe(400);
    expect((await update(id, { region: "iad" })).status).toBe(200);
  });

  it("that is refused leaves the machine as it was", async () => {
    const before = await create();
    expect((await update(before.id, { config: { ...SMALL, guest: { memory_mb: 1 } } })).status).toBe(400);
    expect(await read(before.id)).toEqual(before);
  });
});

describe("a lease", () => {
  interface Lease {
    readonly status: string;
    readonly data: { nonce: string; expires_at: number; owner: string; version: string };
  }
  const lease = (id: string, nonce?: string, query = "") =>
    fly.ask<Lease>("POST", at(id, `/lease${query}`), { ttl: 30 }, { nonce });

  it("keeps everybody else from changing the machine", async () => {
    const { id, instance_id: version } = await create();
    const { status, body } = await lease(id);
    expect([status, body.status, body.data.version]).toEqual([201, "success", version]);
    const { nonce } = body.data;
    const held = { status: 409, body: { error: expect.stringContaining("lease currently held by") } };
    for (const other of [undefined, "wrong"]) {
      expect(await lease(id, other)).toMatchObject(held);
      for (const command of ["stop", "start", "suspend", "restart", "cordon"]) {
        expect(await tell(id, command, undefined, other)).toMatchObject(held);
      }
      expect(await update(id, {}, other)).toMatchObject(held);
      expect(await fly.ask("PUT", at(id, "/metadata"), { metadata: {} }, { nonce: other })).toMatchObject(held);
      expect(await fly.ask("POST", at(id, "/metadata/a"), { value: "1" }, { nonce: other })).toMatchObject(held);
      expect(await fly.ask("DELETE", at(id, "?force=true"), undefined, { nonce: other })).toMatchObject(held);
      expect(await fly.ask("DELETE", at(id, "/lease"), undefined, { nonce: other })).toMatchObject(held);
    }
    expect((await read(id)).state).toBe("started");
    expect((await update(id, {}, nonce)).status).toBe(200);
    await settle(id);
    expect((await fly.ask("DELETE", at(id, "/lease"), undefined, { nonce })).status).toBe(200);
    expect((await fly.ask("GET", at(id, "/lease"))).status).toBe(404);
    expect((await tell(id, "stop")).status).toBe(200);
  });

  it("is refreshed by its nonce", async () => {
    const { id } = await create();
    const first = (await lease(id)).body.data;
    const second = (await fly.ask<Lease>("POST", at(id, "/lease?ttl=600"), undefined, { nonce: first.nonce })).body
      .data;
    expect(second.nonce).toBe(first.nonce);
    expect(second.expires_at - first.expires_at).toBeGreaterThan(500);
    expect((await fly.ask<Lease>("GET", at(id, "/lease"))).body.data).toEqual(second);
  });

  it("runs out", async () => {
    const { id } = await create();
    await fly.ask("POST", at(id, "/lease"), { ttl: 4 });
    expect((await tell(id, "stop")).status).toBe(409);
    await new Promise((resolve) => setTimeout(resolve, 5100));
    expect((await tell(id, "stop")).status).toBe(200);
  });

  it("can be had with the creation", async () => {
    const { body } = await fly.ask<Machine>("POST", "/apps/acme/machines", {
      region: "iad",
      config: SMALL,
      lease_ttl: 60,
    });
    expect(body.nonce).toEqual(expect.any(String));
    expect(await read(body.id)).not.toHaveProperty("nonce");
    await settle(body.id);
    expect((await tell(body.id, "stop")).status).toBe(409);
    expect((await tell(body.id, "stop", undefined, body.nonce)).status).toBe(200);
  });
});

describe("waiting", () => {
  it("ends when the state comes", async () => {
    const { id, instance_id: version } = await create();
    const waiting = fly.ask<object>("GET", at(id, `/wait?state=stopped&instance_id=${version}&timeout=20`));
    await read(id);
    await tell(id, "stop");
    expect(await waiting).toMatchObject({ status: 200, body: { ok: true, state: "stopped", version } });
  });

  it("times out with a 408", async () => {
    const { id } = await create();
    const answer = await fly.ask("GET", at(id, "/wait?state=stopped&version=other&timeout=1"));
    expect(answer).toMatchObject({ status: 408, body: { error: expect.any(String), status: "unknown" } });
  });

  it.each([["timeout=61"], ["timeout=0"], ["state=happy"]])("is refused with %s", async (query) => {
    const { id } = await create();
    expect((await fly.ask("GET", at(id, `/wait?${query}`))).status).toBe(400);
  });
});

describe("metadata", () => {
  it("is set, merged, removed and read without a new version", async () => {
    const { id, instance_id: version } = await create({ config: { ...SMALL, metadata: { a: "1" } } });
    const metadata = async () => (await fly.ask<object>("GET", at(id, "/metadata"))).body;
    await fly.ask("PATCH", at(id, "/metadata"), { metadata: { b: "2" } });
    expect(await metadata()).toEqual({ a: "1", b: "2" });
    await fly.ask("PATCH", at(id, "/metadata"), { metadata: { a: null }, machine_version: version });
    expect(await metadata()).toEqual({ b: "2" });
    await fly.ask("PUT", at(id, "/metadata"), { metadata: { c: "3" } });
    await fly.ask("POST", at(id, "/metadata/d"), { value: "4" });
    await fly.ask("DELETE", at(id, "/metadata/c"));
    expect(await metadata()).toEqual({ d: "4" });
    expect((await fly.ask("GET", at(id, "/metadata/d"))).body).toEqual({ value: "4" });
    expect((await fly.ask("GET", at(id, "/metadata/c"))).status).toBe(404);
    expect(await read(id)).toMatchObject({ instance_id: version, state: "started", config: { metadata: { d: "4" } } });
    const stale = await fly.ask("PUT", at(id, "/metadata"), { metadata: {}, machine_version: "old" });
    expect(stale.status).toBe(412);
  });

  it("finds machines, as do state and region", async () => {
    const tagged = await create({ region: "fra", config: { ...SMALL, metadata: { tenant: "acme", "a.b": "x" } } });
    const other = await create({
      region: "fra",
      config: { ...SMALL, metadata: { tenant: "other" } },
      skip_launch: true,
    });
    expect(await list("metadata.tenant=acme")).toEqual([tagged.id]);
    expect(await list("metadata.tenant=acme&metadata.a.b=x")).toEqual([tagged.id]);
    expect(await list("metadata.tenant=acme&metadata.a.b=y")).toEqual([]);
    const ofBoth = await list("region=fra&state=created");
    expect(ofBoth).toContain(other.id);
    expect(ofBoth).not.toContain(tagged.id);
  });
});

describe("a list of machines", () => {
  it("is brief on demand", async () => {
    const { id } = await create();
    const { body } = await fly.ask<Machine[]>("GET", "/apps/acme/machines?summary=true");
    const brief = body.find((machine) => machine.id === id);
    expect(brief).toMatchObject({ id, state: "started" });
    expect(brief).not.toHaveProperty("config");
  });

  it("of the organisation comes page by page", async () => {
    await fly.createApp("paged");
    const made = await Promise.all([1, 2, 3].map(() => fly.createMachine("paged")));
    const found: { id: string; app_name: string }[] = [];
    let cursor = "";
    do {
      const path = `/orgs/${fly.organization}/machines?limit=2&cursor=${cursor}`;
      const { body } = await fly.ask<{ machines: typeof found; next_cursor: string }>("GET", path);
      found.push(...body.machines);
      cursor = body.next_cursor;
    } while (cursor !== "");
    const ofApp = found.filter((machine) => machine.app_name === "paged").map(({ id }) => id);
    expect(ofApp.toSorted()).toEqual(made.map(({ id }) => id).toSorted());
  });
});

describe("checks", () => {
  const CHECKED = {
    ...SMALL,
    checks: { mount: { type: "http", port: 8080, path: "/healthz" } },
    services: [{ protocol: "tcp", internal_port: 8080, checks: [{ type: "http" }] }],
  };

  it("pass once the machine is started, and not before", async () => {
    const { id, checks } = await create({ config: CHECKED, skip_launch: true });
    expect(checks.map(({ name, status }) => [name, status])).toEqual([
      ["mount", "critical"],
      ["servicecheck-00-http-8080", "critical"],
    ]);
    await tell(id, "start");
    expect((await settle(id)).checks.map(({ status }) => status)).toEqual(["passing", "passing"]);
    await tell(id, "stop");
    expect((await settle(id)).checks.map(({ status }) => status)).toEqual(["critical", "critical"]);
  });

  it("fail for an app for which a test wants it so", async () => {
    await fly.createApp("sick");
    await fly.ask("PUT", "/_embedded/checks/sick", { status: "critical", output: "mount not ready" });
    const { checks } = await fly.createMachine("sick", { config: CHECKED });
    expect(checks[0]).toMatchObject({ name: "mount", status: "critical", output: "mount not ready" });
  });
});
