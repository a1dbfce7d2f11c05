import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { itIf } from "../../support/skip.ts";
import { DEVIATIONS } from "./deviations.ts";
import { document, type FlyCloud, type Machine, SMALL, startFly } from "./fly-cloud.ts";

let fly: FlyCloud;
beforeAll(async () => (fly = await startFly()));
afterAll(() => fly.dispose());

const itWithDocument = itIf(
  document !== undefined,
  "the vendor's document, ../shared/specs, is not beside the project",
);

/** Calls every operation once with success; `ask` holds each answer against the document. */
async function everything(): Promise<string[]> {
  const called = new Set<string>();
  const ask = async <Body>(method: string, path: string, body?: unknown, nonce?: string) => {
    const answer = await fly.ask<Body>(method, path, body, { nonce });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    const { operation } = document?.answer({ method, path: `/v1${path.replace(/\?.*/, "")}`, ...answer }) ?? {};
    if (operation !== undefined) called.add(operation);
    return answer.body;
  };
  const org = fly.organization;
  await ask("GET", "/platform/regions");
  await ask("POST", "/platform/placements", { org_slug: org });
  await ask("GET", "/tokens/current");
  await ask("POST", "/apps", { app_name: "all", org_slug: org, network: "all" });
  await ask("GET", `/apps?org_slug=${org}`);
  await ask("GET", "/apps/all");
  await ask("POST", "/apps/all/deploy_token", { expiry: "1h" });

  await ask("POST", "/apps/all/secrets/ONE", { value: "1" });
  await ask("POST", "/apps/all/secrets", { values: { TWO: "2", ONE: null } });
  await ask("GET", "/apps/all/secrets?show_secrets=true");
  await ask("GET", "/apps/all/secrets/TWO");
  await ask("DELETE", "/apps/all/secrets/TWO");

  const { ip } = await ask<{ ip: string }>("POST", "/apps/all/ip_assignments", { type: "v6" });
  await ask("GET", "/apps/all/ip_assignments");
  await ask("DELETE", `/apps/all/ip_assignments/${ip}`);

  const { id: volume } = await ask<{ id: string }>("POST", "/apps/all/volumes", { name: "data", region: "iad" });
  await ask("GET", "/apps/all/volumes");
  await ask("GET", `/apps/all/volumes/${volume}`);
  await ask("PUT", `/apps/all/volumes/${volume}`, { snapshot_retention: 9 });
  await ask("PUT", `/apps/all/volumes/${volume}/extend`, { size_gb: 4 });
  await ask("POST", `/apps/all/volumes/${volume}/snapshots`);
  await ask("GET", `/apps/all/volumes/${volume}/snapshots`);
  await ask("GET", `/orgs/${org}/volumes`);
  await ask("DELETE", `/apps/all/volumes/${volume}`);

  const { id, instance_id: version } = await ask<Machine>("POST", "/apps/all/machines", {
    config: FULL,
    region: "iad",
  });
  const machine = `/apps/all/machines/${id}`;
  const settled = () => ask("GET", `${machine}/wait?state=settled&timeout=5`);
  await settled();
  await ask("GET", "/apps/all/machines");
  await ask("GET", `/orgs/${org}/machines`);
  await ask("GET", machine);
  await ask("GET", `${machine}/events?limit=1`);
  const lease = await ask<{ data: { nonce: string } }>("POST", `${machine}/lease`, { ttl: 60, description: "test" });
  await ask("GET", `${machine}/lease`);
  await ask("DELETE", `${machine}/lease`, undefined, lease.data.nonce);
  await ask("PUT", `${machine}/metadata`, { metadata: { a: "1" } });
  await ask("PATCH", `${machine}/metadata`, { metadata: { b: "2" } });
  await ask("GET", `${machine}/metadata`);
  await ask("POST", `${machine}/metadata/c`, { value: "3" });
  await ask("GET", `${machine}/metadata/c`);
  await ask("DELETE", `${machine}/metadata/c`);
  await ask("POST", `${machine}/signal`, { signal: "SIGUSR1" });
  await ask("POST", `${machine}/cordon`);
  await ask("POST", `${machine}/uncordon`);
  await ask("POST", `${machine}/suspend`);
  await settled();
  await ask("POST", `${machine}/start`);
  await settled();
  await ask("POST", `${machine}/restart?timeout=5s`);
  await settled();
  await ask("POST", machine, { config: FULL, current_version: version });
  await settled();
  await ask("POST", `${machine}/stop`, { signal: "SIGTERM", timeout: "30s" });
  await settled();
  await ask("DELETE", machine);
  await settled();
  await ask("DELETE", "/apps/all");
  return [...called];
}

const FULL = {
  ...SMALL,
  guest: { cpu_kind: "shared", cpus: 1, memory_mb: 1024 },
  env: { LOG_LEVEL: "info" },
  services: [
    {
      protocol: "tcp",
      internal_port: 8080,
      autostart: true,
      autostop: "stop",
      min_machines_running: 0,
      ports: [{ port: 443, handlers: ["http", "tls"] }],
      checks: [{ type: "tcp", interval: 15_000_000_000, timeout: "5s" }],
      concurrency: { type: "requests", soft_limit: 20 },
    },
  ],
  checks: { mount: { type: "http", kind: "readiness", port: 8080, path: "/healthz", interval: "15s" } },
  restart: { policy: "on-failure", max_retries: 10 },
  stop_config: { signal: "SIGTERM", timeout: "120s" },
  metadata: { tenant: "acme" },
};

describe("the vendor's document", () => {
  itWithDocument("describes every answer, but for the known deviations, each of which is met", describesEverything);
});

// Certificates, KMS keys and OIDC are no part of a tenant; processes and memory need a machine that runs.
const MISSING = [
  "DELETE /v1/apps/{app_name}/certificates/{hostname}",
  "DELETE /v1/apps/{app_name}/certificates/{hostname}/acme",
  "DELETE /v1/apps/{app_name}/certificates/{hostname}/custom",
  "DELETE /v1/apps/{app_name}/secretkeys/{secret_name}",
  "GET /v1/apps/{app_name}/certificates",
  "GET /v1/apps/{app_name}/certificates/{hostname}",
  "GET /v1/apps/{app_name}/machines/{machine_id}/memory",
  "GET /v1/apps/{app_name}/machines/{machine_id}/ps",
  "GET /v1/apps/{app_name}/machines/{machine_id}/versions",
  "GET /v1/apps/{app_name}/secretkeys",
  "GET /v1/apps/{app_name}/secretkeys/{secret_name}",
  "POST /v1/apps/{app_name}/certificates/acme",
  "POST /v1/apps/{app_name}/certificates/custom",
  "POST /v1/apps/{app_name}/certificates/{hostname}/check",
  "POST /v1/apps/{app_name}/machines/{machine_id}/exec",
  "POST /v1/apps/{app_name}/machines/{machine_id}/memory/reclaim",
  "POST /v1/apps/{app_name}/secretkeys/{secret_name}",
  "POST /v1/apps/{app_name}/secretkeys/{secret_name}/decrypt",
  "POST /v1/apps/{app_name}/secretkeys/{secret_name}/encrypt",
  "POST /v1/apps/{app_name}/secretkeys/{secret_name}/generate",
  "POST /v1/apps/{app_name}/secretkeys/{secret_name}/sign",
  "POST /v1/apps/{app_name}/secretkeys/{secret_name}/verify",
  "POST /v1/tokens/authenticate",
  "POST /v1/tokens/authorize",
  "POST /v1/tokens/kms",
  "POST /v1/tokens/oidc",
  "PUT /v1/apps/{app_name}/machines/{machine_id}/memory",
];

async function describesEverything(): Promise<void> {
  const called = await everything();
  expect(document?.operations.filter((operation) => !called.includes(operation)).sort()).toEqual(MISSING);
  expect(DEVIATIONS.filter((deviation) => !fly.met.has(deviation)).map(({ what }) => what)).toEqual([]);
}

describe("errors", () => {
  it("have the shape of the service that answers", async () => {
    await fly.createApp("shapes");
    expect((await fly.ask("GET", "/apps/none")).body).toEqual({ message: "Could not find App" });
    expect((await fly.ask("GET", "/apps/none/ip_assignments")).body).toEqual({ message: "Could not find App" });
    expect((await fly.ask("GET", "/apps/none/machines")).body).toEqual({ error: "app not found", status: "unknown" });
    expect(await fly.ask("GET", "/apps/shapes/machines/none")).toMatchObject({
      status: 404,
      body: { error: "not_found: machine not found", status: "unknown" },
    });
  });

  it("say plainly that a route is unknown", async () => {
    const answer = await fly.ask<unknown>("GET", "/nowhere");
    expect(answer).toMatchObject({ status: 404, body: "404 page not found\n" });
    expect(answer.headers.get("content-type")).toContain("text/plain");
  });

  it("name the field that is wrong", async () => {
    const body = { config: { ...SMALL, services: [{ protocol: "tcp", internal_port: 80, autostart: "yes" }] } };
    const answer = await fly.ask("POST", "/apps/shapes/machines", body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toContain("config.services[0].autostart");
  });
});

describe("the call log", () => {
  it("names operations by their templates and tells which change something", async () => {
    await fly.createApp("logged");
    await fly.cloud.forgetCalls();
    await fly.createMachine("logged");
    await fly.ask("GET", "/sk_secret/in/the/path");
    const calls = await fly.cloud.calls();
    expect(calls.map(({ operation, mutating }) => [operation, mutating])).toEqual([
      ["POST /v1/apps/{app}/machines", true],
      ["GET /v1/apps/{app}/machines/{machine}/wait", false],
      ["GET /v1/apps/{app}/machines/{machine}", false],
      ["GET (unknown)", false],
    ]);
  });
});
