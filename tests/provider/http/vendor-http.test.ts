import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { inspect } from "node:util";

import { afterEach, describe, expect, it } from "@jest/globals";

import { TenantryError } from "../../../errors/tenantry-error.ts";
import { httpErrors } from "../../../provider/http/errors.ts";
import { VendorError } from "../../../provider/http/vendor-error.ts";
import { vendorHttp, type VendorHttpOptions } from "../../../provider/http/vendor-http.ts";

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** A vendor that answers as `handler` says; a client for it. */
async function vendor(handler: Handler, options: Partial<VendorHttpOptions> = {}) {
  let count = 0;
  server = createServer((request, response) => {
    count += 1;
    handler(request, response, count);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const headers = { authorization: "Bearer planted-token" };
  const client = vendorHttp({
    vendor: "Fly",
    baseUrl,
    headers,
    requestIdHeader: "fly-request-id",
    retries: 2,
    ...options,
  });
  return { client, baseUrl, calls: () => count };
}

const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) =>
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));

const get = { operation: "GET /v1/apps/{app}", method: "GET", path: "/v1/apps/x" } as const;
const post = { operation: "POST /v1/apps", method: "POST", path: "/v1/apps", json: { name: "x" } } as const;

describe("a vendor's client", () => {
  it("answers parsed JSON, and undefined for an empty body", async () => {
    const { client } = await vendor((request, response) => {
      if (request.method === "GET") json(response, 200, { id: 1 }, { "fly-request-id": "r1" });
      else response.writeHead(200).end();
    });
    expect(await client.call(get)).toMatchObject({ status: 200, body: { id: 1 }, requestId: "r1" });
    expect((await client.call(post)).body).toBeUndefined();
  });

  it.each([
    [true, [undefined, "host=a1; b=two", "b=two"]],
    [false, [undefined, undefined, undefined]],
  ])("sends cookies back until the vendor takes them away, where it keeps them: %p", async (keepsCookies, sent) => {
    const cookies: (string | undefined)[] = [];
    const handler: Handler = (request, response, count) => {
      cookies.push(request.headers.cookie);
      const sets = count === 1 ? ["host=a1; Path=/; HttpOnly", "b = two; Secure"] : ["host=; Max-Age=0"];
      json(response, count === 1 ? 404 : 200, {}, { "set-cookie": sets as never });
    };
    const { client } = await vendor(handler, { keepsCookies });
    await client.call(get).catch(() => undefined);
    await client.call(get);
    await client.call(get);
    expect(cookies).toEqual(sent);
  });

  it("does not pass on a refusal that repeats the request, whole or cut short: its credentials are in it", async () => {
    const { client } = await vendor(({ headers, url }, response) => {
      const quoted = `cannot serve ${url ?? ""} to ${headers.authorization ?? ""}`;
      json(response, 400, { error: { message: quoted.slice(0, -1) } });
    });
    const error = await client.call(post).catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({ status: 400, said: expect.stringContaining("our credentials") as unknown });
    expect(inspect(error, { depth: 9 })).not.toContain("planted");
  });

  it("repeats an idempotent call after a 5xx and a broken connection", async () => {
    const { client, calls } = await vendor((request, response, count) => {
      if (count === 1) json(response, 503, {});
      else if (count === 2) request.socket.destroy();
      else json(response, 200, {});
    });
    await client.call(get);
    expect(calls()).toBe(3);
  });

  it.each(["a 5xx", "a broken connection", "a time-out"])(
    "never repeats a call that is not idempotent after %s",
    async (how) => {
      const { client, calls } = await vendor(
        (request, response) => {
          if (how === "a 5xx") json(response, 500, {});
          else if (how === "a broken connection") request.socket.destroy();
        },
        // No answer but in the third case: a busy computer has time to begin the two others.
        { timeoutMs: 2000 },
      );
      await expect(client.call(post)).rejects.toBeInstanceOf(TenantryError);
      expect(calls()).toBe(1);
    },
  );

  it("repeats any call after a 429, not before Retry-After", async () => {
    let first = 0;
    const { client } = await vendor((_request, response, count) => {
      if (count === 1) first = performance.now();
      if (count === 1) json(response, 429, {}, { "retry-after": "1" });
      else json(response, 200, { waited: performance.now() - first });
    });
    const { waited } = (await client.call(post)).body as { waited: number };
    expect(waited).toBeGreaterThanOrEqual(950);
  });

  it("asks for admission and signs before every attempt", async () => {
    let admitted = 0;
    let signed = 0;
    const { client } = await vendor((_request, response, count) => json(response, count === 1 ? 503 : 200, {}), {
      admit: () => {
        admitted += 1;
        return Promise.resolve();
      },
      sign: () => {
        signed += 1;
        return Promise.resolve({ "x-signature": String(signed) });
      },
    });
    await client.call(get);
    expect({ admitted, signed }).toEqual({ admitted: 2, signed: 2 });
  });

  it.each([
    [{ error: "no such app", status: "unknown" }, "no such app"],
    [{ message: "Unauthorized" }, "Unauthorized"],
    ["404 page not found", "404 page not found"],
  ])("gives the vendor's own words, whatever shape they come in: %j", async (body, words) => {
    const { client } = await vendor((_request, response) =>
      response.writeHead(404, { "fly-request-id": "r9" }).end(typeof body === "string" ? body : JSON.stringify(body)),
    );
    const error = await client.call({ ...get, resource: "app x", tenant: "acme" }).catch((caught: unknown) => caught);
    expect(VendorError.hasStatus(error, 404) && error.said).toBe(words);
    expect((error as Error).message).toContain("app x, tenant acme, call GET /v1/apps/{app}, status 404, request r9");
  });

  it("takes a web page with the status of a success for no answer, whatever it was asked to do", async () => {
    const page = "<!DOCTYPE html>\n<html><body>sign in</body></html>";
    const { client } = await vendor((_, response) =>
      response.writeHead(200, { "content-type": "text/html" }).end(page),
    );
    for (const call of [get, post, { ...get, method: "DELETE" }] as const)
      await expect(client.call(call)).rejects.toMatchObject({ code: httpErrors.VENDOR_UNREACHABLE.code });
  });

  it("takes a redirect for no answer: a network's sign-in gives it, and no vendor does", async () => {
    const { client, calls } = await vendor((_, response) => response.writeHead(302, { location: "/v1" }).end());
    await expect(client.call(post)).rejects.toMatchObject({ code: httpErrors.VENDOR_UNREACHABLE.code });
    expect(calls()).toBe(1);
  });

  it("does not wait longer for the rest of an answer than for its beginning", async () => {
    const { client } = await vendor((_, response) => response.writeHead(200).write("{"), {
      timeoutMs: 200,
      retries: 0,
    });
    const error = await client.call(get).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: httpErrors.VENDOR_UNREACHABLE.code });
    expect((error as TenantryError).context.cause).toMatchObject({ name: "TimeoutError" });
  });

  it.each(["before", "between"])(
    "gives up %s attempts as soon as its signal says so, with what the signal says",
    async (when) => {
      const giving = new AbortController();
      const { client, calls } = await vendor((_, response) => {
        json(response, 503, {}, { "retry-after": "20" });
        giving.abort(new Error("no more"));
      });
      if (when === "before") giving.abort(new Error("no more"));
      const began = performance.now();
      await expect(client.call({ ...get, signal: giving.signal })).rejects.toMatchObject({ name: "AbortError" });
      expect(performance.now() - began).toBeLessThan(10_000);
      expect(calls()).toBe(when === "before" ? 0 : 1);
    },
  );

  it("asks over one connection what is asked one after the other", async () => {
    const ports = new Set<number | undefined>();
    const { client } = await vendor((request, response) => {
      ports.add(request.socket.remotePort);
      json(response, 200, {});
    });
    await client.call(get);
    await client.call(post);
    await client.call(get);
    expect(ports.size).toBe(1);
  });

  it("asks an address of this computer directly, and all else through the proxy that Node is told to ask", async () => {
    const asked: string[] = [];
    const proxy = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.writeHead(200).end("{}");
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const { calls, baseUrl } = await vendor((_, response) => json(response, 200, {}));
    const env = { NODE_USE_ENV_PROXY: "1", http_proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
    const file = join(import.meta.dirname, "../../../provider/http/vendor-http.ts");
    const program = `
      const { vendorHttp } = await import(${JSON.stringify(file)});
      for (const baseUrl of ["http://vendor.example", ${JSON.stringify(baseUrl)}])
        await vendorHttp({ vendor: "Fly", baseUrl, headers: {}, requestIdHeader: "x" }).call(${JSON.stringify(get)});`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      env: { ...process.env, ...env },
      stdio: "ignore",
    });
    const [code] = (await once(child, "close")) as [number];
    proxy.closeAllConnections();
    proxy.close();
    expect({ code, asked, direct: calls() }).toEqual({
      code: 0,
      asked: ["http://vendor.example/v1/apps/x"],
      direct: 1,
    });
  });

  it("says that a vendor cannot be reached, and shows no credential even when the error is inspected", async () => {
    const { client } = await vendor((request) => request.socket.destroy(), { retries: 0 });
    const error = await client.call(get).catch((caught: unknown) => caught);
    expect(TenantryError.is(error, httpErrors.VENDOR_UNREACHABLE)).toBe(true);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain("planted-token");
  });

  it("shows no credential in an inspected error answer either", async () => {
    const { client } = await vendor((_request, response) => json(response, 401, { message: "no" }));
    const error = await client.call(get).catch((caught: unknown) => caught);
    expect(TenantryError.is(error, httpErrors.VENDOR_UNAUTHORIZED)).toBe(true);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain("planted-token");
  });
});
