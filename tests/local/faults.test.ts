import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { startCloud, type TestCloud } from "../support/cloud.ts";
import { signedFetch } from "./tigris/signed-fetch.ts";
import { rootOf } from "./tigris/clients.ts";

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startCloud({ vendors: ["tigris", "turso"] });
}, 60_000);
afterEach(() => cloud.faults());
afterAll(() => cloud.dispose(), 60_000);

const turso = (method: string, path: string, body?: unknown) => {
  const { endpoint, organization, token } = cloud.descriptor.turso;
  return fetch(`${endpoint}/v1/organizations/${organization}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
};
const group = (name: string) => turso("POST", "/groups", { name, location: "aws-us-east-1" });
const groups = async () => {
  const { groups: all } = (await (await turso("GET", "/groups")).json()) as { groups: { name: string }[] };
  return all.map(({ name }) => name);
};

describe("a fault of the embedded cloud", () => {
  it("is an HTML page with any status, and nothing has happened", async () => {
    await cloud.faults({ kind: "page", status: 200, operation: "groups$", times: 1 });
    const answer = await group("paged");
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(await answer.text()).toMatch(/^<!DOCTYPE html>/);
    expect(await groups()).not.toContain("paged");
    expect(await cloud.struck()).toEqual([1]);
  });

  it("is an answer cut in half, of a call that has happened, also where the engine itself writes it", async () => {
    await cloud.faults({ kind: "cut", times: 1 });
    const answer = await group("halved");
    expect(answer.status).toBe(200);
    const text = await answer.text();
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
    expect(await groups()).toContain("halved");

    const list = async () => (await signedFetch(`${cloud.descriptor.tigris.endpoint}/`, rootOf(cloud))).text();
    const whole = await list();
    await cloud.faults({ kind: "cut", times: 1 });
    expect(await list()).toBe(whole.slice(0, Math.floor(whole.length / 2)));
  });

  it("is a 429 with Retry-After, or without it", async () => {
    await cloud.faults(
      { kind: "throttle", retryAfterSeconds: 3, times: 1 },
      { kind: "throttle", retryAfterSeconds: null, times: 1 },
    );
    const answers = [await turso("GET", "/groups"), await turso("GET", "/groups")];
    expect(answers.map(({ status, headers }) => [status, headers.get("retry-after")])).toEqual([
      [429, "3"],
      [429, null],
    ]);
  });

  it("is an answer as of before the last change, where the same was asked then", async () => {
    await cloud.faults({ kind: "stale", operation: "^GET .*groups$", skip: 1, times: 1 });
    const before = await groups();
    await group("later");
    expect(await groups()).toEqual(before);
    expect(await groups()).toContain("later");
  });
});
