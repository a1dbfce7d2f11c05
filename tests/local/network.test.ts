import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { networkDelayMs } from "../../local/network.ts";
import { startCloud, type TestCloud } from "../support/cloud.ts";
import { outsider } from "../support/outsider.ts";

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startCloud({ vendors: ["tigris", "turso"] });
}, 60_000);

afterAll(() => cloud.dispose(), 60_000);

const taken = async (work: () => Promise<unknown>) => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};

describe("the network switches of the embedded cloud", () => {
  it("put nothing in the way by default, and what changes something longer where the vendor says so", () => {
    expect(networkDelayMs("tigris", "none", true)).toBe(0);
    expect([false, true].map((mutating) => networkDelayMs("tigris", "same-region", mutating))).toEqual([3, 10]);
  });

  it("delay each call to storage, to the platform and to a database by no less than they say", async () => {
    const { s3, turso } = outsider(cloud);
    await turso("POST", "/groups", { name: "g", location: "aws-us-east-1" });
    const { database } = await turso<{ database: { Hostname: string } }>("POST", "/databases", {
      name: "d",
      group: "g",
    });
    const { jwt } = await turso<{ jwt: string }>("POST", "/databases/d/auth/tokens");
    await cloud.switches({ "tigris.network": "other-continent", "turso.network": "other-continent" });
    const query = async () => {
      const body = JSON.stringify({ requests: [{ type: "execute", stmt: { sql: "select 41 + 1" } }] });
      const headers = { authorization: `Bearer ${jwt}` };
      const answer = await fetch(`http://${database.Hostname}/v2/pipeline`, { method: "POST", headers, body });
      expect(await answer.text()).toContain("42");
    };
    // A timer may end a millisecond early.
    expect(await taken(() => s3("GET", "/"))).toBeGreaterThanOrEqual(89);
    expect(await taken(() => turso("GET", "/databases"))).toBeGreaterThanOrEqual(89);
    expect(await taken(query)).toBeGreaterThanOrEqual(89);
  });
});
