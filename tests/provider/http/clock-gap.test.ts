import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { httpErrors } from "../../../provider/http/errors.ts";
import { flyClient } from "../../../provider/fly/client.ts";
import { tigrisClient } from "../../../provider/tigris/client.ts";
import { tursoClient } from "../../../provider/turso/client.ts";

const VENDORS_TIME = Date.parse("2026-01-01T12:00:00Z");
const MINUTE_MS = 60_000;

let server: Server;
let answer: { status: number; date: string | undefined };

beforeAll(async () => {
  server = createServer((_request, response) => {
    response.sendDate = false;
    response.writeHead(answer.status, answer.date === undefined ? {} : { date: answer.date }).end("no entry");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Calls that every vendor's client makes, on a computer whose clock is `minutes` ahead. */
function callsAt(minutes: number): Readonly<Record<string, () => Promise<unknown>>> {
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const now = () => new Date(VENDORS_TIME + minutes * MINUTE_MS);
  const account = { endpoint, organization: "acme", token: "planted" };
  const keys = { accessKeyId: "tid_planted", secretAccessKey: "tsec_planted" };
  const tigris = tigrisClient({ endpoint, iamEndpoint: endpoint, ...keys }, { retries: 0, now });
  return {
    "Fly's": () => flyClient(account, { retries: 0, now }).appsOf("acme", {}),
    "Turso's": () => tursoClient(account, { now }).group("default", {}),
    "Tigris's over S3": () => tigris.buckets.names({}),
    "Tigris's own for buckets": () => tigris.buckets.size("b", {}),
    "Tigris's IAM": () => tigris.iam.tryKey({}),
  };
}

const failure = (vendor: string, minutes: number) =>
  (callsAt(minutes)[vendor] ?? (() => Promise.resolve()))().catch((error: unknown) => error);

const VENDORS = ["Fly's", "Turso's", "Tigris's over S3", "Tigris's own for buckets", "Tigris's IAM"];

describe.each(VENDORS)("a refusal of %s", (vendor) => {
  it.each([
    [61, 401, "61 minutes ahead of"],
    [-61, 403, "61 minutes behind"],
    [6, 403, "6 minutes ahead of"],
    [-6, 401, "6 minutes behind"],
  ])("names the clock when it is %i minutes ahead (status %i)", async (minutes, status, words) => {
    answer = { status, date: new Date(VENDORS_TIME).toUTCString() };
    const error = await failure(vendor, minutes);
    expect(error).toMatchObject({ kind: httpErrors.CLOCK_WRONG, status });
    const { message } = error as Error;
    const [name] = vendor.split("'");
    expect(message).toContain(`CLOCK_WRONG: this computer's clock is ${words} ${name ?? ""}'s`);
    expect(message).toContain(`here it is ${new Date(VENDORS_TIME + minutes * MINUTE_MS).toISOString()}`);
    expect(message).toContain("there 2026-01-01T12:00:00.000Z");
    expect(message).toContain("timedatectl set-ntp true");
  });

  it.each([
    ["the clocks agree", 0, new Date(VENDORS_TIME).toUTCString()],
    ["this clock is five minutes ahead", 5, new Date(VENDORS_TIME).toUTCString()],
    ["this clock is five minutes behind", -5, new Date(VENDORS_TIME).toUTCString()],
    ["the answer has no date", 61, undefined],
    ["the answer's date is none", 61, "yesterday"],
  ])("is about the credentials when %s", async (_case, minutes, date) => {
    answer = { status: 401, date };
    expect(await failure(vendor, minutes)).toMatchObject({ kind: httpErrors.VENDOR_UNAUTHORIZED });
  });

  it("leaves every other status what it is, however wrong the clock", async () => {
    answer = { status: 400, date: new Date(VENDORS_TIME).toUTCString() };
    expect(await failure(vendor, 61)).toMatchObject({ kind: httpErrors.VENDOR_FAILED });
  });
});
