import { createServer, type Server } from "node:http";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { appPath } from "../../../provider/fly/api.ts";
import { flyClient } from "../../../provider/fly/client.ts";
import { flyErrors } from "../../../provider/fly/errors.ts";
import { httpErrors } from "../../../provider/http/errors.ts";
import { failure } from "./fly-room.ts";

interface Reply {
  readonly status: number;
  readonly body: string;
}

/** What the server of this test answers to `METHOD /path`. */
const replies = new Map<string, Reply>();
let server: Server;
let client: ReturnType<typeof flyClient>;

beforeAll(async () => {
  server = createServer((request, response) => {
    const { status, body } = replies.get(`${request.method ?? ""} ${request.url ?? ""}`) ?? { status: 500, body: "" };
    response.writeHead(status, { "fly-request-id": "01REQUEST-iad" });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  client = flyClient(
    { endpoint: `http://127.0.0.1:${port}/`, organization: "o", token: "token-of-this-test" },
    { retries: 0 },
  );
});
afterAll(() => {
  server.close();
});

const answers = (request: string, status: number, body: unknown) =>
  replies.set(request, { status, body: typeof body === "string" ? body : JSON.stringify(body) });
const serving = { tenant: "acme" };

describe("an answer of Fly", () => {
  it("may have fields that this client does not know yet", async () => {
    answers("GET /v1/apps/a", 200, {
      id: "1",
      name: "a",
      organization: { slug: "o", tier: 9 },
      more: [1],
      network: "n",
    });
    expect(await client.app("a", serving)).toEqual({ id: "1", name: "a", organization: "o", network: "n" });
  });

  it("that lacks what is needed is refused by the names of its fields, not their values", async () => {
    answers("GET /v1/apps/a", 200, { id: "1", name: 7, organization: {} });
    const error = await failure(client.app("a", serving));
    expect(error).toMatchObject({ kind: flyErrors.FLY_ANSWER, context: { tenant: "acme", resource: "app a" } });
    expect(error.message).toContain("name, organization.slug");
  });

  it.each([
    ["of the machines", { error: "boom", status: "unknown" }],
    ["of the apps", { message: "boom" }],
  ])("that is an error %s is quoted with its request id", async (_, body) => {
    answers("GET /v1/apps/a", 422, body);
    const error = await failure(client.app("a", serving));
    expect(error).toMatchObject({ kind: httpErrors.VENDOR_FAILED, status: 422, said: "boom" });
    expect(error.message).toContain("request 01REQUEST-iad");
  });

  it.each([
    ["bare", { nonce: "n", expires_at: 1, owner: "me", description: "d" }],
    ["wrapped", { status: "success", data: { nonce: "n", expires_at: 1, owner: "me", description: "d" } }],
  ])("about a lease may be %s", async (_, body) => {
    answers("GET /v1/apps/a/machines/1/lease", 200, body);
    expect(await client.lease({ app: "a", machine: "1" }, serving)).toEqual({
      nonce: "n",
      owner: "me",
      description: "d",
      expiresAt: new Date(1000),
    });
  });

  it.each([
    ["version", { version: 3 }],
    ["Version", { Version: 3 }],
  ])("to a write of secrets may call its version %s", async (_, version) => {
    answers("POST /v1/apps/a/secrets", 200, { secrets: [{ name: "A", digest: "d" }], ...version });
    expect(await client.writeSecrets("a", { A: "x" }, serving)).toEqual({ version: 3, digests: { A: "d" } });
  });

  it("to a write of secrets must have a version", async () => {
    answers("POST /v1/apps/a/secrets", 200, { secrets: [] });
    expect(await failure(client.writeSecrets("a", { A: "x" }, serving))).toMatchObject({ kind: flyErrors.FLY_ANSWER });
  });

  it("shows a type of address without naming it", async () => {
    const ips = [
      { ip: "fdaa:0:1::2", shared: false },
      { ip: "2001:db8::1" },
      { ip: "198.18.0.2", shared: false },
      { ip: "198.18.0.1", shared: true },
    ];
    answers("GET /v1/apps/a/ip_assignments", 200, { ips });
    const types = (await client.addresses("a", serving))?.map(({ type }) => type);
    expect(types).toEqual(["shared_v4", "v4", "v6", "private_v6"]);
  });
});

describe("what is gone", () => {
  it("is what Fly answers 404 of", async () => {
    answers("GET /v1/apps/a", 404, { message: "Could not find App" });
    expect(await client.app("a", serving)).toBeUndefined();
  });

  it("is not what a router without such a route answers 404 of", async () => {
    answers("GET /v1/apps/a", 404, "404 page not found\n");
    expect(await failure(client.app("a", serving))).toMatchObject({ status: 404 });
  });

  it("is not what a proxy has a page of its own for", async () => {
    answers("GET /v1/apps/a", 404, "<!DOCTYPE html>\n<html><body>Not Found</body></html>");
    expect(await failure(client.app("a", serving))).toMatchObject({ status: 404 });
  });

  it("is a deleted app that flaps says 400 of, if the platform says 404", async () => {
    answers("GET /v1/apps/b/machines/1", 400, { error: "could not find app" });
    answers("GET /v1/apps/b", 404, { message: "Could not find App" });
    expect(await client.machine({ app: "b", machine: "1" }, serving)).toBeUndefined();
  });

  it("is not an app that flaps says 400 of, while the platform has it or does not answer", async () => {
    answers("GET /v1/apps/c/machines/1", 400, { error: "could not find app" });
    answers("GET /v1/apps/c", 200, { id: "1" });
    expect(await failure(client.machine({ app: "c", machine: "1" }, serving))).toMatchObject({ status: 400 });
    answers("GET /v1/apps/c", 500, {});
    expect(await failure(client.machine({ app: "c", machine: "1" }, serving))).toMatchObject({ status: 400 });
  });

  it("is not what we may not see", async () => {
    answers("GET /v1/apps/a", 403, { message: "no" });
    expect(await failure(client.app("a", serving))).toMatchObject({ kind: httpErrors.VENDOR_UNAUTHORIZED });
  });
});

describe("a path", () => {
  it.each([
    ["..", "."],
    ["", "a/b"],
    ["a?b", "a%2Fb"],
  ])("has no place for %p or %p", (...names) => {
    for (const name of names) expect(() => appPath(name)).toThrow("is not a name or id");
  });

  it("takes names, ids and addresses", () => {
    expect(appPath("my-app", "ip_assignments", "fdaa:0:1::2")).toBe(
      "/v1/apps/my-app/ip_assignments/fdaa%3A0%3A1%3A%3A2",
    );
  });
});
