import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import provider from "@pulumi/pulumi/proto/provider_pb.js";

import { type Properties, receive, send } from "../../../provider/plugin/wire.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { ask, connect, type PluginClient, startPlugin } from "../../support/plugin-client.ts";

const SETTINGS = {
  cloud: "embedded",
  fleetId: "0123456789abcdef0123456789abcdef",
  prefix: "tst",
  tursoOrganization: "tenantry-local",
  flyOrganization: "tenantry-local",
};
const BUCKET = "tenantry:tigris:Bucket";
const KEY = "tenantry:tigris:AccessKey";

let cloud: TestCloud;
let plugin: ChildProcess;
let client: PluginClient;

beforeAll(async () => {
  cloud = await startCloud({ vendors: ["tigris", "turso", "fly"] });
  const started = await startPlugin(cloud.home, { TENANTRY_HOME: cloud.home });
  plugin = started.process;
  client = connect(started.port);
  await ask(client, "configure", new provider.ConfigureRequest().setArgs(send(SETTINGS)));
});

afterAll(async () => {
  client.close();
  plugin.kill();
  await cloud.dispose();
});

const urnOf = (type: string) => `urn:pulumi:local::tenantry::${type}::acme`;

async function check(type: string, news: Properties, olds: Properties = {}): Promise<Properties> {
  const request = new provider.CheckRequest().setUrn(urnOf(type)).setType(type).setNews(send(news)).setOlds(send(olds));
  const answer = await ask(client, "check", request);
  expect(answer.getFailuresList().map((failure) => failure.getReason())).toEqual([]);
  return receive(answer.getInputs());
}

async function create(type: string, inputs: Properties) {
  const request = new provider.CreateRequest().setUrn(urnOf(type)).setType(type).setProperties(send(inputs));
  return ask(client, "create", request);
}

async function read(type: string, id: string, inputs: Properties = {}, state: Properties = {}) {
  const request = new provider.ReadRequest().setUrn(urnOf(type)).setType(type).setId(id);
  return ask(client, "read", request.setInputs(send(inputs)).setProperties(send(state)));
}

describe("the real plugin, asked by a plain gRPC client", () => {
  it("makes a bucket, reads back every input, finds no difference, and deletes it twice", async () => {
    const inputs = await check(BUCKET, { tenant: "acme", name: "tst-local-acme", locations: ["fra"], snapshots: true });
    const made = await create(BUCKET, inputs);
    const found = await read(BUCKET, made.getId(), inputs);
    expect(receive(found.getInputs())).toEqual(inputs);
    const imported = await read(BUCKET, made.getId());
    expect(receive(imported.getInputs())).toEqual(inputs);
    const same = new provider.DiffRequest().setUrn(urnOf(BUCKET)).setType(BUCKET).setId(made.getId());
    const diff = await ask(client, "diff", same.setOldInputs(send(inputs)).setNews(send(inputs)));
    expect(diff.getChanges()).toBe(provider.DiffResponse.DiffChanges.DIFF_NONE);
    const gone = new provider.DeleteRequest().setUrn(urnOf(BUCKET)).setType(BUCKET).setId(made.getId());
    await ask(client, "delete", gone.setOldInputs(send({ ...inputs, deletable: true })));
    await ask(client, "delete", gone);
    expect((await read(BUCKET, made.getId(), inputs)).getId()).toBe("");
  });

  it("hands a key's secret out wrapped, and its id in clear", async () => {
    await create(BUCKET, await check(BUCKET, { tenant: "acme", name: "tst-local-keyed", locations: "global" }));
    const wanted = {
      tenant: "acme",
      bucket: "tst-local-keyed",
      purpose: "machine",
      mode: "read-write",
      epoch: 1,
      rotation: "90d",
    };
    const made = await create(KEY, await check(KEY, wanted));
    const wire = made.getProperties()?.toJavaScript() as Properties;
    expect(pulumi.runtime.isRpcSecret(wire["secretAccessKey"])).toBe(true);
    expect(made.getId()).toMatch(/^tid_/);
  });

  it("says what is wrong with the settings, all at once, with the line that fixes it", async () => {
    const request = new provider.ConfigureRequest().setArgs(send({ prefix: "Bad Prefix" }));
    const refused = await ask(client, "configure", request).catch((error: unknown) => (error as Error).message);
    expect(refused).toContain("STACK_SETTINGS");
    expect(refused).toContain("tenantry:prefix");
    expect(refused).toContain("tenantry:fleetId");
  });
});

it("the plugin loads no full Pulumi SDK: only the protocol's messages", () => {
  const room = join(import.meta.dirname, "../../../provider");
  const files = readdirSync(room, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const imports = files.flatMap((file) => [
    ...readFileSync(join(room, file), "utf8").matchAll(/from "(@pulumi\/[^"]+)"/g),
  ]);
  const names = imports.map(([, name = ""]) => name);
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => !name.startsWith("@pulumi/pulumi/proto/"))).toEqual([]);
});
