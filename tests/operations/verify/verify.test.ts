import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { exitCodeOf } from "../../../cli/verify.ts";
import type { Party } from "../../../operations/verify/party.ts";
import { endOf } from "../../../operations/verify/report.ts";
import type { Found } from "../../../operations/verify/verify.ts";
import { policyDocument } from "../../../provider/tigris/policy-document.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { outsider } from "../../support/outsider.ts";
import { attacked, madeFleet } from "./fleet.ts";

let cloud: TestCloud;
let ours: Party[];
/** For what one pair shows: three make three times as many attempts. */
let two: Party[];

beforeAll(async () => {
  cloud = await startCloud();
  ours = await madeFleet(cloud, ["acme", "beta", "gamma"]);
  two = ours.slice(0, 2);
}, 120_000);

afterEach(() => cloud.resetSwitches());

afterAll(async () => {
  await cloud.dispose();
}, 60_000);

/** The kinds of attempts that got through, each once. */
const through = ({ rows }: Found) => [
  ...new Set(rows.filter((row) => endOf(row) === "got through").map(({ id }) => id)),
];

/** Everything that a run could leave behind, as an administrator sees it. */
async function inventory(): Promise<string> {
  const { s3, turso } = outsider(cloud);
  const buckets = [...(await s3("GET", "/")).matchAll(/<Name>([^<]+)/g)].map(([, name = ""]) => name);
  const files = await Promise.all(buckets.map((bucket) => s3("GET", `/${bucket}?list-type=2`)));
  const uploads = await Promise.all(buckets.map((bucket) => s3("GET", `/${bucket}?uploads`)));
  const keys = [...files, ...uploads].flatMap((text) => [...text.matchAll(/<Key>([^<]+)/g)].map(([, key]) => key));
  return JSON.stringify([buckets, keys, await turso("GET", "/databases")]);
}

describe("a fleet as tenantry makes it", () => {
  it("lets no attempt through, and is unchanged afterwards", async () => {
    const before = await inventory();
    const found = await attacked(cloud, ours);
    expect(found.rows.filter((row) => endOf(row) !== "as expected")).toEqual([]);
    expect(found).toMatchObject({ through: 0, unclear: 0, left: [], tenants: ["acme", "beta", "gamma"] });
    expect(found.attempts).toBeGreaterThan(1000);
    expect(exitCodeOf(found)).toBe(0);
    await expect(inventory()).resolves.toBe(before);
  }, 120_000);

  it("lets nothing through either where keys may do things by default", async () => {
    await cloud.switches({ "tigris.defaultAllowed": true });
    expect(await attacked(cloud, two)).toMatchObject({ through: 0, unclear: 0 });
  }, 120_000);

  it("is not said to be isolated when a credential does not even open what is its own", async () => {
    const dead = { accessKeyId: "tid_none", secretAccessKey: "tsec_none" };
    const parties = two.map((party) => ({ ...party, credentials: { machine: dead } }));
    const found = await attacked(cloud, parties);
    expect(found.through).toBe(0);
    expect(found.rows.find(({ id }) => id === "tigris.own-read")).toMatchObject({ seen: { allowed: 0, refused: 2 } });
    expect(found.unclear).toBeGreaterThan(0);
    expect(exitCodeOf(found)).toBe(1);
  }, 120_000);
});

describe("a cloud that does not keep tenants apart is found out", () => {
  it("when no policy binds a key, and all that got through is taken back", async () => {
    const before = await inventory();
    await cloud.switches({ "tigris.policiesIgnored": true });
    const found = await attacked(cloud, two);
    expect(through(found)).toEqual(
      expect.arrayContaining(
        ["read-file", "write-file", "copy-file", "copy-part", "begin-upload", "delete-bucket", "change-policy"]
          .concat(["snapshot", "list-buckets", "next-bucket", "create-key", "attach-policy", "reader-write"])
          .map((id) => `tigris.${id}`),
      ),
    );
    expect(through(found).filter((id) => !id.startsWith("tigris."))).toEqual([]);
    expect([exitCodeOf(found), found.left]).toEqual([2, []]);
    await cloud.resetSwitches();
    await expect(inventory()).resolves.toBe(before);
  }, 120_000);

  it("when a database's token opens every other database", async () => {
    await cloud.switches({ "turso.tokensOpenAll": true });
    const found = await attacked(cloud, two);
    expect(through(found).toSorted()).toEqual(
      ["batch", "dump", "plain", "read-row", "v1", "v3", "write-row"].map((id) => `turso.${id}`),
    );
    expect(exitCodeOf(found)).toBe(2);
  }, 120_000);
});

describe("a fleet that tenantry makes wrongly is found out", () => {
  it("when a policy allows every bucket", async () => {
    const parties = await madeFleet(cloud, ["wide-one", "wide-two"], {
      policy: (bucket, mode) => {
        const { Version, Statement } = policyDocument(bucket, mode);
        return { Version, Statement: Statement.map((each) => ({ ...each, Resource: ["*"] })) };
      },
    });
    const found = await attacked(cloud, parties);
    expect(through(found)).toEqual(
      expect.arrayContaining(["tigris.read-file", "tigris.look-at-file", "tigris.sign-url"]),
    );
    expect(exitCodeOf(found)).toBe(2);
  }, 120_000);

  it("when a policy leaves open what the vendor allows every key by default", async () => {
    const parties = await madeFleet(cloud, ["open-one", "open-two"], {
      policy: (bucket, mode) => {
        const { Version, Statement } = policyDocument(bucket, mode);
        return { Version, Statement: Statement.filter(({ Effect }) => Effect === "Allow") };
      },
    });
    expect(await attacked(cloud, parties)).toMatchObject({ through: 0, unclear: 0 });
    await cloud.switches({ "tigris.defaultAllowed": true });
    const found = await attacked(cloud, parties);
    expect(through(found)).toEqual(expect.arrayContaining(["tigris.list-buckets", "tigris.next-bucket"]));
    expect(exitCodeOf(found)).toBe(2);
    // These keys make buckets and cannot delete them: what is left is named.
    expect(found.left).toHaveLength(6);
    expect(found.left).toContainEqual(expect.stringMatching(/^DELETE \/tst-local-verify-[0-9a-f]+-machine-0: 403$/));
  }, 120_000);

  it("when all apps are on one private network", async () => {
    const parties = await madeFleet(cloud, ["net-one", "net-two"], { network: () => "everybody" });
    const found = await attacked(cloud, parties);
    expect(through(found)).toEqual(["fly.network"]);
    expect(found.rows.find(({ id }) => id === "fly.network")?.cases).toHaveLength(2);
  }, 120_000);
});
