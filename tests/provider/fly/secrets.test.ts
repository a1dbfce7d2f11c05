import { inspect } from "node:util";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { flyErrors } from "../../../provider/fly/errors.ts";
import type { SecretsInputs } from "../../../provider/fly/index.ts";
import { writtenSecrets } from "../../../provider/fly/secrets.ts";
import { testCall } from "../../support/call.ts";
import { after, appInputs, failure, type FlyRoom, openFlyRoom } from "./fly-room.ts";

interface Shown {
  readonly secrets: { readonly name: string; readonly digest: string }[];
}

let room: FlyRoom;
beforeAll(async () => {
  room = await openFlyRoom();
});
afterAll(() => room.cloud.dispose());

const PLANTED = { AWS_ACCESS_KEY_ID: "planted-key-id-4711", AWS_SECRET_ACCESS_KEY: 'planted"secret\\0815' };
const shown = async (app: string) => (await room.behind<Shown>("GET", `/v1/apps/${app}/secrets`)).secrets;
const names = async (app: string) => (await shown(app)).map(({ name }) => name).sort();
const tamper = (app: string, values: Record<string, string | null>) =>
  room.behind("POST", `/v1/apps/${app}/secrets`, { values });

/** An app with secrets, as the state file knows them. */
async function given(app: string, values: Record<string, string> = PLANTED) {
  await room.app.create(appInputs(app), testCall());
  const inputs: SecretsInputs = { tenant: "acme", app, values };
  const existing = await room.secrets.create(inputs, testCall());
  return { inputs, existing, known: after(inputs, existing) };
}

describe("the secrets of an app", () => {
  it("are written at once, and known by version and digest only", async () => {
    const { existing, inputs, known } = await given("written");
    expect(existing).toEqual({ id: "written", state: { version: 1, digests: expect.anything() as unknown } });
    expect(Object.keys(existing.state.digests)).toEqual(Object.keys(PLANTED));
    expect(await room.secrets.read("written", known, testCall())).toEqual({ ...existing, inputs });
    expect(room.secrets.secretInputs).toEqual(["values"]);
  });

  it("show exactly which of them was changed, removed or added outside tenantry", async () => {
    const { existing, known } = await given("tampered", { A: "first-value", B: "second-value", C: "third-value" });
    await tamper("tampered", { A: "other-value", B: null, D: "fourth-value" });
    const digests = Object.fromEntries((await shown("tampered")).map(({ name, digest }) => [name, digest]));
    const observed = await room.secrets.read("tampered", known, testCall());
    expect(observed?.inputs.values).toEqual({
      A: `(changed outside, digest ${digests["A"] ?? ""})`,
      C: "third-value",
      D: `(not declared, digest ${digests["D"] ?? ""})`,
    });
    expect(observed?.state).toEqual({ version: existing.state.version, digests });
  });

  it("are made of others by templates, which hold no secret themselves", async () => {
    await room.app.create(appInputs("templated"), testCall());
    const inputs = {
      tenant: "acme",
      app: "templated",
      values: { TOKEN: "t1", TOKEN_2: "t2" },
      templates: { URL: "x?a={TOKEN}&b={TOKEN_2}&c={NO}" },
    };
    expect(writtenSecrets(inputs)).toMatchObject({ TOKEN: "t1", URL: "x?a=t1&b=t2&c={NO}" });
    const known = after(inputs, await room.secrets.create(inputs, testCall()));
    expect(await names("templated")).toEqual(["TOKEN", "TOKEN_2", "URL"]);
    expect((await room.secrets.read("templated", known, testCall()))?.inputs).toEqual(inputs);
    await tamper("templated", { URL: "elsewhere" });
    const observed = await room.secrets.read("templated", known, testCall());
    expect(observed?.inputs.values).toEqual(inputs.values);
    expect(observed?.inputs.templates?.["URL"]).toContain("changed outside");
    await room.secrets.update?.(
      "templated",
      known,
      { tenant: "acme", app: "templated", values: { TOKEN: "t1" } },
      testCall(),
    );
    expect(await names("templated")).toEqual(["TOKEN"]);
  });

  it("are as declared again after a refresh and an update", async () => {
    const { known, inputs, existing } = await given("fixed");
    await tamper("fixed", { AWS_ACCESS_KEY_ID: "tampered", EXTRA: "1" });
    const refreshed = await room.secrets.read("fixed", known, testCall());
    if (refreshed === undefined) throw new Error("the secrets are gone");
    const state = await room.secrets.update?.("fixed", refreshed, inputs, testCall());
    expect(state).toEqual({ version: 3, digests: existing.state.digests });
    expect(await names("fixed")).toEqual(Object.keys(PLANTED));
  });

  it("lose in the same write what is no longer declared", async () => {
    const { known, inputs } = await given("shrunk", { KEPT: "kept-value", DROPPED: "dropped-value" });
    await room.cloud.forgetCalls();
    const news = { ...inputs, values: { KEPT: "kept-value", ADDED: "added-value" } };
    const state = await room.secrets.update?.("shrunk", known, news, testCall());
    expect(await room.cloud.calls()).toMatchObject([{ operation: "POST /v1/apps/{app}/secrets", count: 1 }]);
    expect(await names("shrunk")).toEqual(["ADDED", "KEPT"]);
    expect(Object.keys(state?.digests ?? {}).sort()).toEqual(["ADDED", "KEPT"]);
  });

  it("are not written, and restart no machine, when only the tenant's name changed", async () => {
    const { known, inputs, existing } = await given("renamed");
    const news = { ...inputs, tenant: "other" };
    expect(room.secrets.foresee?.(news, known)).toEqual(existing.state);
    expect(await room.secrets.update?.("renamed", known, news, testCall())).toEqual(existing.state);
    expect(room.secrets.foresee?.({ ...news, values: {} }, known)).toEqual({});
  });

  it("are written over after the state was lost", async () => {
    const { inputs, existing } = await given("lost");
    const again = await room.secrets.create(inputs, testCall());
    expect(again).toEqual({ id: "lost", state: { version: 2, digests: existing.state.digests } });
  });

  it("that a run left which broke off go with the first write to the app, where they are declared no more", async () => {
    await given("left-over", { ...PLANTED, OUTSIDER: "left-over" });
    const later = room.through(room.client);
    await later["tenantry:fly:App"].create(appInputs("left-over"), testCall());
    const inputs: SecretsInputs = { tenant: "acme", app: "left-over", values: PLANTED };
    const call = testCall();
    const { state } = await later["tenantry:fly:Secrets"].create(inputs, call);
    expect(call.lines).toEqual([
      { severity: "warning", line: "tenantry takes over app left-over and unsets its undeclared secrets: OUTSIDER" },
    ]);
    expect(await names("left-over")).toEqual(Object.keys(PLANTED).sort());
    expect(Object.keys(state.digests).sort()).toEqual(Object.keys(PLANTED).sort());
  });

  it("cannot be imported, and say why", async () => {
    await given("import");
    const error = await failure(room.secrets.read("import", undefined, testCall()));
    expect(error).toMatchObject({ kind: flyErrors.FLY_SECRETS_IMPORT });
    expect(error.message).toContain("writes all declared values");
  });

  it("are unset, and may be unset again, and after the app", async () => {
    const { known } = await given("unset");
    await tamper("unset", { FOREIGN: "1" });
    await room.secrets.delete("unset", known, testCall());
    await room.secrets.delete("unset", known, testCall());
    expect(await names("unset")).toEqual(["FOREIGN"]);
    await room.behind("DELETE", "/v1/apps/unset");
    await room.secrets.delete("unset", known, testCall());
    expect(await room.secrets.read("unset", known, testCall())).toBeUndefined();
  });

  it("are gone with the app also when a new one has its name", async () => {
    const { known } = await given("anew");
    await room.behind("DELETE", "/v1/apps/anew");
    await room.app.create(appInputs("anew"), testCall());
    expect((await room.secrets.read("anew", known, testCall()))?.inputs.values).toEqual({});
  });

  it.each([["lower"], ["WITH-DASH"], ["1ST"], [""]])("may not be named %p", (name) => {
    expect(room.secrets.inputs.safeParse({ tenant: "acme", app: "a", values: { [name]: "x" } }).success).toBe(false);
  });
});

describe("secrets whose writing is cut off", () => {
  it.each([["reset" as const], ["timeout" as const], ["error" as const]])(
    "after the effect by %s are written again by the next try",
    async (kind) => {
      const app = `cut-${kind}`;
      await room.app.create(appInputs(app), testCall());
      const cut = room.through(room.hasty())["tenantry:fly:Secrets"];
      const inputs = { tenant: "acme", app, values: PLANTED };
      await room.cloud.faults({ operation: "^POST .*/secrets$", kind, when: "after", times: 1 });
      await failure(cut.create(inputs, testCall()));
      await room.cloud.faults();
      expect((await cut.create(inputs, testCall())).state.version).toBe(2);
      expect(await names(app)).toEqual(Object.keys(PLANTED));
    },
  );
});

describe("a planted secret", () => {
  const traces = (...things: unknown[]) => inspect(things, { depth: 12, showHidden: true });

  it("appears in no state, log line or error, whatever fails", async () => {
    const call = testCall();
    const { known, existing } = await given("planted");
    const cut = room.through(room.hasty())["tenantry:fly:Secrets"];
    const failures: unknown[] = [];
    for (const fault of [
      { kind: "reset" as const },
      { kind: "timeout" as const },
      { kind: "error" as const, status: 422 },
      { kind: "throttle" as const, retryAfterSeconds: 0 },
    ]) {
      await room.cloud.faults({ operation: "/secrets$", ...fault });
      failures.push(await failure(cut.create({ ...known.inputs }, call)));
    }
    await room.cloud.faults();
    failures.push(await failure(cut.create({ ...known.inputs, app: "nowhere" }, call)));
    const found = traces(existing, call.lines, failures);
    expect(failures).toHaveLength(5);
    for (const value of Object.values(PLANTED)) {
      expect(found).not.toContain(value);
      expect(found).not.toContain(JSON.stringify(value).slice(1, -1));
    }
  });

  it("does not come back in an error of Fly's that quotes it", async () => {
    const { createServer } = await import("node:http");
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        response.writeHead(400, { "content-type": "application/json", "fly-request-id": "01REQUEST" });
        response.end(JSON.stringify({ error: `bad value: ${body}`, status: "unknown" }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as { port: number };
      const { flyTypes } = await import("../../../provider/fly/index.ts");
      const quoting = flyTypes({ endpoint: `http://127.0.0.1:${port}`, organization: "o", token: "planted-token-99" });
      const inputs = { tenant: "acme", app: "a", values: { LONG: `planted-${"x".repeat(400)}`, ...PLANTED } };
      const error = await failure(quoting["tenantry:fly:Secrets"].create(inputs, testCall()));
      expect(error.message).toContain("request 01REQUEST");
      expect(traces(error)).not.toContain("planted-");
      expect(traces(error)).not.toContain("planted\\");
    } finally {
      server.close();
    }
  });
});
