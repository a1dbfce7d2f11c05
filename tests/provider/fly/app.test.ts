import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import type { ClaimState } from "../../../resource-kinds/claim.ts";
import { flyClaims } from "../../../provider/fly/claims.ts";
import { flyErrors } from "../../../provider/fly/errors.ts";
import { httpErrors } from "../../../provider/http/errors.ts";
import { networkName } from "../../../tenants/physical-name.ts";
import { claimsThatSay, testCall } from "../../support/call.ts";
import {
  after,
  appInputs,
  checked,
  failure,
  type FlyRoom,
  machineInputs,
  networkOf,
  openFlyRoom,
  ORGANIZATION,
} from "./fly-room.ts";
import { SMALL } from "./machine-configs.ts";

let room: FlyRoom;
beforeAll(async () => {
  room = await openFlyRoom();
});
afterAll(() => room.cloud.dispose());

const gone = (name: string) => failure(room.behind("GET", `/v1/apps/${name}`));

describe("an app", () => {
  it("is on a network of its own, and is read back as it was declared", async () => {
    const inputs = checked(room.app, appInputs("fresh"));
    const existing = await room.app.create(inputs, testCall());
    expect(existing).toEqual({ id: "fresh", state: {} });
    expect(await room.app.read("fresh", after(inputs, existing), testCall())).toEqual({ ...existing, inputs });
  });

  it("is imported with everything that Fly knows of it", async () => {
    const { name, organization, network } = appInputs("imported");
    await room.app.create(appInputs("imported"), testCall());
    const observed = await room.app.read("imported", undefined, testCall());
    expect(observed).toEqual({ id: "imported", state: {}, inputs: { name, organization, network } });
  });

  it("is read when Fly's list of apps does not name the organisation", async () => {
    await room.app.create(appInputs("listed"), testCall());
    await room.cloud.switches({ "fly.appListWithoutOrganization": true });
    const observed = await room.app.read("listed", undefined, testCall());
    expect(observed?.inputs).toMatchObject({ organization: ORGANIZATION, network: networkOf("listed") });
    const listed = await room.client.appsOf(ORGANIZATION, {});
    expect(listed).toContainEqual(expect.objectContaining({ name: "listed", organization: ORGANIZATION }));
    await room.cloud.resetSwitches();
    expect(await room.client.appsOf(ORGANIZATION, {})).toEqual(listed);
  });

  it("is gone when Fly says so, also when it was deleted outside tenantry", async () => {
    await room.app.create(appInputs("vanishing"), testCall());
    await room.behind("DELETE", "/v1/apps/vanishing");
    const known = after(appInputs("vanishing"), { state: {} });
    expect(await room.app.read("vanishing", known, testCall())).toBeUndefined();
    expect(await room.app.read("never-was", undefined, testCall())).toBeUndefined();
  });

  it("is gone when another one has its name, on another network, and that one is not deleted", async () => {
    const theirs = { name: "renamed", org_slug: ORGANIZATION, network: "net-of-another-team" };
    await room.behind("POST", "/v1/apps", theirs);
    const known = after(appInputs("renamed"), { state: {} });
    expect(await room.app.read("renamed", known, testCall())).toBeUndefined();
    const call = testCall();
    await room.app.delete("renamed", known, call);
    expect(call.lines).toEqual([{ severity: "warning", line: expect.stringContaining("net-of-another-team") }]);
    expect(await room.client.app("renamed", {})).toMatchObject({ name: "renamed" });
  });

  it("is not gone when an address that is not Fly's answers 404", async () => {
    const { flyTypes } = await import("../../../provider/fly/index.ts");
    const { endpoint, token, organization } = room.cloud.descriptor.fly;
    const elsewhere = flyTypes({ endpoint: `${endpoint}/proxy`, token, organization })["tenantry:fly:App"];
    const error = await failure(elsewhere.read("fresh", after(appInputs("fresh"), { state: {} }), testCall()));
    expect(error).toMatchObject({ kind: httpErrors.VENDOR_FAILED, status: 404 });
  });

  it("costs one list of all apps for many reads", async () => {
    const names = Array.from({ length: 6 }, (_, index) => `many-${index}`);
    await Promise.all(names.map((name) => room.app.create(appInputs(name), testCall())));
    await room.cloud.forgetCalls();
    const read = await Promise.all(names.map((name) => room.app.read(name, undefined, testCall())));
    expect(read.map((observed) => observed?.inputs.network)).toEqual(names.map(networkOf));
    const lists = (await room.cloud.calls()).find(({ operation }) => operation === "GET /v1/apps");
    expect(lists?.count).toBeLessThanOrEqual(2);
  });

  it("changes nothing at Fly when only its tenant or its claim does", async () => {
    const known = after(appInputs("fresh"), { state: {} });
    await room.cloud.forgetCalls();
    expect(await room.app.update?.("fresh", known, { ...known.inputs, claim: "other" }, testCall())).toEqual({});
    expect(await room.cloud.calls()).toEqual([]);
  });

  it.each([
    ["a capital", { name: "Acme" }],
    ["a dash at the end", { name: "acme-" }],
    ["64 characters", { name: "a".repeat(64) }],
    ["a network that starts with a digit", { network: "1net" }],
  ])("is refused with %s before anything is called", (_, wrong) => {
    expect(room.app.inputs.safeParse(appInputs("fine", wrong)).success).toBe(false);
    expect(room.app.inputs.safeParse(appInputs("fine")).success).toBe(true);
  });
});

describe("an app that Fly does not know yet", () => {
  afterEach(() => room.cloud.resetSwitches());

  it.each([["404"], ["401"]])(
    "with a %s is waited for, by the service of apps and by that of machines",
    async (status) => {
      const name = `fresh-${status}`;
      await room.cloud.switches({
        "fly.appUnknownMs": 300,
        "fly.appUnknownToFlapsMs": 900,
        "fly.unknownAppStatus": status,
      });
      await room.app.create(appInputs(name), testCall());
      await room.client.writeSecrets(name, { A: "b" }, {});
      await room.client.assignAddress(name, "v6", {});
      const { id } = await room.machine.create(machineInputs(name), testCall());
      expect(id).toMatch(new RegExp(`^${name}/`));
    },
  );

  it("is adopted when a run that was killed had just made it", async () => {
    await room.cloud.switches({ "fly.appUnknownMs": 600 });
    const { name, organization, network } = appInputs("just-made");
    await room.behind("POST", "/v1/apps", { name, org_slug: organization, network });
    const call = testCall({ claims: claimsThatSay({ held: "by-us" }) });
    expect(await room.app.create(appInputs("just-made"), call)).toEqual({ id: "just-made", state: {} });
  });
});

describe("a name that is taken", () => {
  const create = (name: string, held: ClaimState) =>
    room.app.create(appInputs(name), testCall({ claims: claimsThatSay(held), token: room.app.token }));

  beforeAll(async () => {
    await room.app.create(appInputs("taken"), testCall());
    await room.behind("PUT", "/_embedded/foreign-apps/foreign", {});
  });

  it("is adopted under our own claim", async () => {
    expect(await create("taken", { held: "by-us" })).toEqual({ id: "taken", state: {} });
  });

  it("is adopted under our own claim when Fly refuses it with a 409", async () => {
    const body = { message: "Name has already been taken", status: "name_taken" };
    await room.cloud.faults({ operation: "^POST /v1/apps$", kind: "error", status: 409, body, times: 1 });
    expect(await create("taken", { held: "by-us" })).toEqual({ id: "taken", state: {} });
  });

  it.each<[string, ClaimState, string]>([
    ["somebody else has the claim", { held: "by-other", who: "fleet 99" }, "fleet 99"],
    ["the claim carries no mark", { held: "by-nobody" }, "no mark"],
    ["there is no claim", { held: "gone" }, "does not exist"],
  ])("is left alone when %s, with the line that takes it over on purpose", async (_, held, words) => {
    const error = await failure(create("taken", held));
    expect(error).toMatchObject({ kind: flyErrors.FLY_NAME_TAKEN, context: { tenant: "acme" } });
    expect(error.message).toContain(words);
    expect(error.message).toContain("pulumi import tenantry:fly:App acme taken --stack test");
  });

  it("is left alone when another organisation has it, without asking for the claim", async () => {
    const claims = { read: () => Promise.reject(new Error("asked for the claim")) };
    const error = await failure(room.app.create(appInputs("foreign"), testCall({ claims, token: room.app.token })));
    expect(error).toMatchObject({ kind: flyErrors.FLY_NAME_TAKEN });
    expect(error.message).toContain("another Fly organisation");
    expect(error.message).toContain("pulumi import tenantry:fly:App acme foreign");
  });

  it("is left alone when the claim cannot be read", async () => {
    const claims = { read: () => Promise.reject(new Error("Tigris is down")) };
    expect((await failure(room.app.create(appInputs("taken"), testCall({ claims })))).message).toBe("Tigris is down");
  });

  it("is not adopted from another network", async () => {
    const error = await failure(room.app.create(appInputs("taken", { network: "elsewhere" }), testCall()));
    expect(error).toMatchObject({ kind: flyErrors.FLY_OTHER_NETWORK });
    expect(error.message).toContain(networkOf("taken"));
  });

  it("is told apart by its network where the app itself is the claim", async () => {
    const { claim: _, ...inputs } = appInputs("itself", { network: "itself-0123456789ab" });
    const claims = { read: () => Promise.reject(new Error("asked for a bucket")) };
    const call = testCall({ claims, token: room.app.token });
    expect(await room.app.create(inputs, call)).toEqual({ id: "itself", state: {} });
    expect(await room.app.create(inputs, call)).toEqual({ id: "itself", state: {} });
    const error = await failure(room.app.create({ ...inputs, network: "itself-ba9876543210" }, call));
    expect(error).toMatchObject({ kind: flyErrors.FLY_NAME_TAKEN });
    expect(error.message).toContain("itself-0123456789ab");
  });

  it("is told apart from a request that Fly refuses for other reasons", async () => {
    const error = await failure(room.app.create(appInputs("refused", { organization: "" }), testCall()));
    expect(error).toMatchObject({ kind: httpErrors.VENDOR_FAILED, status: 422 });
  });
});

describe("an app as its tenant's claim", () => {
  const owner = { fleetId: "ab".repeat(16), stack: "test", tenant: "acme" };
  const read = (app: string) => flyClaims(room.client, ORGANIZATION).read(app, owner);

  it("is ours on the network that only this tenant's app has", async () => {
    const network = networkName({ app: "claiming", ...owner });
    await room.app.create(appInputs("claiming", { network }), testCall());
    expect(await read("claiming")).toEqual({ held: "by-us" });
    expect(await flyClaims(room.client, ORGANIZATION).read("claiming", { ...owner, stack: "prod" })).toMatchObject({
      held: "by-other",
    });
  });

  it("is somebody else's on another network or in another organisation, and gone when there is none", async () => {
    await room.behind("PUT", "/_embedded/foreign-apps/elsewhere", {});
    expect(await read("fresh")).toEqual({ held: "by-other", who: `its creator on network ${networkOf("fresh")}` });
    expect(await read("elsewhere")).toEqual({ held: "by-other", who: "another Fly organisation" });
    expect(await read("never-was")).toEqual({ held: "gone" });
  });
});

describe("an app that is deleted", () => {
  it("is gone, and may be deleted again", async () => {
    await room.app.create(appInputs("leaving"), testCall());
    const known = after(appInputs("leaving"), { state: {} });
    await room.app.delete("leaving", known, testCall());
    await room.app.delete("leaving", known, testCall());
    expect((await gone("leaving")).message).toContain("404");
  });

  it("is kept while it contains something whose deletion is not declared", async () => {
    await room.app.create(appInputs("full"), testCall());
    const at = "/v1/apps/full";
    const { id } = await room.behind<{ id: string }>("POST", `${at}/machines`, { region: "iad", config: SMALL });
    const volume = await room.behind<{ id: string }>("POST", `${at}/volumes`, {
      name: "data",
      region: "iad",
      size_gb: 1,
    });
    const known = after(appInputs("full"), { state: {} });
    const error = await failure(room.app.delete("full", known, testCall()));
    expect(error).toMatchObject({ kind: flyErrors.FLY_APP_NOT_EMPTY });
    expect(error.message).toContain(`machine ${id}, volume ${volume.id}`);
    await room.behind("GET", at);
    await room.behind("DELETE", `${at}/machines/${id}?force=true`);
    await room.behind("DELETE", `${at}/volumes/${volume.id}`);
    await room.app.delete("full", known, testCall());
    expect((await gone("full")).message).toContain("404");
  });
});

describe("an app whose parts were destroyed a moment ago", () => {
  it("is deleted although Fly's lists still show them", async () => {
    await room.app.create(appInputs("emptied"), testCall());
    const at = "/v1/apps/emptied";
    const { id } = await room.behind<{ id: string }>("POST", `${at}/machines`, { region: "iad", config: SMALL });
    const disk = { name: "data", region: "iad", size_gb: 1 };
    const volume = await room.behind<{ id: string }>("POST", `${at}/volumes`, disk);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await room.behind("DELETE", `${at}/machines/${id}?force=true`);
    await room.behind("GET", `${at}/machines/${id}/wait?state=destroyed&timeout=5`);
    await room.behind("DELETE", `${at}/volumes/${volume.id}`);
    await room.cloud.switches({ "fly.listLagMs": 1000, "fly.affinity": "none" });
    await room.app.delete("emptied", after(appInputs("emptied"), { state: {} }), testCall());
    await room.cloud.resetSwitches();
    expect((await gone("emptied")).message).toContain("404");
  });
});

describe("an app whose making is cut off", () => {
  it.each([["reset" as const], ["timeout" as const], ["error" as const]])(
    "after the effect by %s is found by the next try, once",
    async (kind) => {
      const name = `cut-${kind}`;
      const cut = room.through(room.hasty())["tenantry:fly:App"];
      await room.cloud.faults({ operation: "^POST /v1/apps$", kind, when: "after", times: 1 });
      await failure(cut.create(appInputs(name), testCall()));
      await room.cloud.faults();
      expect(await cut.create(appInputs(name), testCall())).toEqual({ id: name, state: {} });
      const { apps } = await room.behind<{ apps: { name: string }[] }>("GET", `/v1/apps?org_slug=${ORGANIZATION}`);
      expect(apps.filter((app) => app.name === name)).toHaveLength(1);
    },
  );
});
