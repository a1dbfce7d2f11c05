import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type grpc from "@grpc/grpc-js";
import * as pulumi from "@pulumi/pulumi";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import * as z from "zod";

import { HalfDone, type ResourceType } from "../../../provider/plugin/resource-type.ts";
import { servePlugin } from "../../../provider/plugin/server.ts";
import { type AnyType, ProviderService } from "../../../provider/plugin/service.ts";
import { type Properties, receive, send } from "../../../provider/plugin/wire.ts";
import { ask, connect, type PluginClient } from "../../support/plugin-client.ts";

const inputs = z.strictObject({ tenant: z.string(), name: z.string(), size: z.int().default(1), password: z.string() });
type Inputs = z.infer<typeof inputs>;
interface State {
  serial: number;
  token: string;
}

/** A vendor with a memory of its own, to see the adapter alone. */
const stored = new Map<string, Inputs>();
const replaced: (string | undefined)[] = [];
let isCancelled: boolean | undefined;
const shelf: ResourceType<Inputs, State> = {
  token: "tenantry:demo:Shelf",
  inputs,
  replaceOn: ["name"],
  secretInputs: ["password"],
  outputs: ["serial", "token"],
  secretOutputs: ["token"],
  check: (news, olds) => ({ ...news, size: olds === undefined ? news.size : Math.max(news.size, 1) }),
  foresee: (_news, known) => (known === undefined ? {} : { serial: known.state.serial }),
  create(news, call) {
    replaced.push(call.replaces);
    isCancelled = call.signal.aborted;
    stored.set(news.name, news);
    const existing = { id: news.name, state: { serial: 7, token: "planted-token" } };
    if (news.size === 13) throw new HalfDone(existing, new Error("SHELF_CROOKED: it is askew"));
    return Promise.resolve(existing);
  },
  read(id, known) {
    const found = stored.get(id);
    if (found === undefined) return Promise.resolve(undefined);
    const state = known?.state ?? { serial: 7, token: "planted-token" };
    return Promise.resolve({ id, inputs: { ...found, tenant: known?.inputs.tenant as string }, state });
  },
  update(_id, known, news) {
    stored.set(news.name, news);
    return Promise.resolve(known.state);
  },
  delete(id) {
    stored.delete(id);
    return Promise.resolve();
  },
};

const TOKEN = "tenantry:demo:Shelf";
const URN = `urn:pulumi:dev::tenantry::tenantry:index:Tenant$${TOKEN}::acme`;
const GOOD = { tenant: "acme", name: "top", size: 2, password: "planted-password" };

let client: PluginClient;
let server: grpc.Server;
let configured: provider.ConfigureResponse;

beforeAll(async () => {
  const service = new ProviderService(
    () => new Date(0),
    () => undefined,
  );
  const served = await servePlugin({
    version: "1.2.3",
    service,
    schema: () => Promise.resolve("{}"),
    engine: () => undefined,
    configure: () => ({
      type: (token) =>
        token === TOKEN ? Promise.resolve(shelf as unknown as AnyType) : Promise.reject(new Error(`no type ${token}`)),
      owner: (stack, tenant) => ({ fleetId: "f", stack, tenant }),
      claimOf: (stack, tenant) => `claim-${stack}-${tenant}`,
      claims: { read: () => Promise.resolve({ held: "by-us" }) },
    }),
  });
  server = served.server;
  client = connect(served.port);
  configured = await configure();
});

afterAll(() => {
  client.close();
  server.forceShutdown();
});

beforeEach(() => {
  stored.clear();
  replaced.length = 0;
});

const configure = () => ask(client, "configure", new provider.ConfigureRequest().setArgs(send({ prefix: "tnt" })));
const create = (properties: Properties, preview = false) =>
  ask(
    client,
    "create",
    new provider.CreateRequest().setUrn(URN).setType(TOKEN).setProperties(send(properties)).setPreview(preview),
  );
const diff = (olds: Properties, news: Properties) =>
  ask(
    client,
    "diff",
    new provider.DiffRequest().setUrn(URN).setType(TOKEN).setId("top").setOldInputs(send(olds)).setNews(send(news)),
  );

describe("the plugin, asked by a plain gRPC client", () => {
  it("says in the handshake that it takes secrets", async () => {
    const answer = await ask(client, "handshake", new provider.ProviderHandshakeRequest());
    expect(answer.getAcceptSecrets()).toBe(true);
    expect(configured.getSupportspreview() && configured.getAcceptsecrets()).toBe(true);
  });

  it("fills in defaults in check and wraps secret inputs again", async () => {
    const news = { tenant: "acme", name: "top", password: "planted-password" };
    const request = new provider.CheckRequest()
      .setUrn(URN)
      .setType(TOKEN)
      .setNews(send(news, ["password"]));
    const wire = (await ask(client, "check", request)).getInputs()?.toJavaScript() as Properties;
    expect(wire["size"]).toBe(1);
    expect(pulumi.runtime.isRpcSecret(wire["password"])).toBe(true);
  });

  it("refuses wrong inputs in check with every fault", async () => {
    const request = new provider.CheckRequest()
      .setUrn(URN)
      .setType(TOKEN)
      .setNews(send({ tenant: 1, name: "x" }));
    const faults = (await ask(client, "check", request)).getFailuresList().map((fault) => fault.getProperty());
    expect(faults.sort()).toEqual(["password", "tenant"]);
  });

  it("knows the tenant by the resource's name where nobody says it, and does not store it", async () => {
    const { tenant: _, ...news } = { ...GOOD, name: "untold" };
    const check = new provider.CheckRequest()
      .setUrn(`${URN}/laptop`)
      .setType(TOKEN)
      .setNews(send(news, ["password"]));
    const answer = await ask(client, "check", check);
    expect(answer.getFailuresList()).toEqual([]);
    const checked = receive(answer.getInputs());
    expect(checked).toEqual(news);
    const create = new provider.CreateRequest().setUrn(`${URN}/laptop`).setType(TOKEN).setProperties(send(checked));
    await ask(client, "create", create);
    expect(stored.get("untold")).toEqual({ ...news, tenant: "acme" });
    const diff = new provider.DiffRequest().setUrn(`${URN}/laptop`).setId("untold");
    const before = diff.setOldInputs(send({ ...news, tenant: "acme" })).setNews(send(news));
    expect((await ask(client, "diff", before)).getChanges()).toBe(provider.DiffResponse.DiffChanges.DIFF_NONE);
    const read = new provider.ReadRequest().setUrn(`${URN}/laptop`).setType(TOKEN).setId("untold");
    const found = await ask(client, "read", read.setInputs(send(news)).setProperties(send({ serial: 7 })));
    expect(receive(found.getInputs())).toEqual(news);
  });

  it("takes what an import has read as it is, also where nobody could declare it so", async () => {
    const read = { ...GOOD, size: "huge" };
    const request = new provider.CheckRequest().setUrn(URN).setType(TOKEN).setOlds(send(read)).setNews(send(read));
    const answer = await ask(client, "check", request);
    expect(answer.getFailuresList()).toEqual([]);
    expect(answer.getInputs()?.toJavaScript()).toMatchObject({ size: "huge" });
    const declared = await ask(client, "check", request.setOlds(send(GOOD)));
    expect(declared.getFailuresList().map((fault) => fault.getProperty())).toEqual(["size"]);
  });

  it("gives detailed diffs, and says which of them replace", async () => {
    const answer = await diff(GOOD, { ...GOOD, name: "low", size: 3 });
    const { Kind } = provider.PropertyDiff;
    expect(answer.getDetaileddiffMap().get("name")?.getKind()).toBe(Kind.UPDATE_REPLACE);
    expect(answer.getDetaileddiffMap().get("size")?.getKind()).toBe(Kind.UPDATE);
    expect(answer.getReplacesList()).toEqual(["name"]);
  });

  it("finds no difference where there is none", async () => {
    expect((await diff(GOOD, GOOD)).getChanges()).toBe(provider.DiffResponse.DiffChanges.DIFF_NONE);
  });

  it("creates nothing in a preview and shows outputs as not known yet", async () => {
    const answer = await create(GOOD, true);
    expect(stored.size).toBe(0);
    expect(answer.getId()).toBe("");
    expect(answer.getProperties()?.toJavaScript()).toEqual({
      name: "top",
      serial: pulumi.runtime.unknownValue,
      token: pulumi.runtime.unknownValue,
    });
  });

  it("wraps secret outputs of a create", async () => {
    const wire = (await create(GOOD)).getProperties()?.toJavaScript() as Properties;
    expect(pulumi.runtime.isRpcSecret(wire["token"])).toBe(true);
    expect(wire["serial"]).toBe(7);
  });

  it("tells a create which resource it replaces, and nothing for a first one", async () => {
    await create({ ...GOOD, name: "other" });
    await diff(GOOD, { ...GOOD, name: "low" });
    await create({ ...GOOD, name: "low" });
    expect(replaced.at(-1)).toBe("top");
  });

  it("keeps nothing of an engine that is over for the next one, as where it is attached to", async () => {
    await diff(GOOD, { ...GOOD, name: "low" });
    await new Promise((resolve) => client.cancel(new empty.Empty(), resolve));
    await create(GOOD);
    expect({ isCancelled, replaced: replaced.at(-1) }).toEqual({ isCancelled: true, replaced: "top" });
    await configure();
    await create(GOOD);
    expect({ isCancelled, replaced: replaced.at(-1) }).toEqual({ isCancelled: false, replaced: undefined });
  });

  it("reports what exists half-way, so that the engine stores it", async () => {
    const failure = create({ ...GOOD, size: 13 }).catch((error: unknown) => error as grpc.ServiceError);
    const error = (await failure) as grpc.ServiceError;
    expect(error.details).toContain("SHELF_CROOKED");
    const [details] = error.metadata.get("grpc-status-details-bin");
    expect(String(details)).toContain("ErrorResourceInitFailed");
    expect(String(details)).toContain("top");
  });

  it("reads inputs back, for a refresh and for an import, which gets its tenant from its name", async () => {
    await create(GOOD);
    const imported = await ask(client, "read", new provider.ReadRequest().setUrn(URN).setType(TOKEN).setId("top"));
    expect(receive(imported.getInputs())).toEqual(GOOD);
    stored.clear();
    const gone = await ask(client, "read", new provider.ReadRequest().setUrn(URN).setType(TOKEN).setId("top"));
    expect(gone.getId()).toBe("");
    expect(gone.hasProperties()).toBe(false);
  });

  it("answers an unknown type with an error, not with silence", async () => {
    const request = new provider.CheckRequest().setUrn("urn:pulumi:dev::p::tenantry:demo:Nothing::x").setNews(send({}));
    await expect(ask(client, "check", request)).rejects.toThrow("no type tenantry:demo:Nothing");
  });
});
