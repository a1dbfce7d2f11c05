import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { Ingress, IpAssignmentInputs } from "../../../provider/fly/index.ts";
import { httpErrors } from "../../../provider/http/errors.ts";
import { Unknown } from "../../../provider/plugin/unknown.ts";
import { testCall } from "../../support/call.ts";
import { after, appInputs, checked, failure, type FlyRoom, openFlyRoom, ORGANIZATION } from "./fly-room.ts";

interface Shown {
  readonly ips: {
    readonly ip: string;
    readonly shared: boolean;
    readonly egress: boolean;
    readonly network?: { readonly name: string };
  }[];
}

let room: FlyRoom;
beforeAll(async () => {
  room = await openFlyRoom();
});
afterAll(() => room.cloud.dispose());

const shown = async (app: string) => (await room.behind<Shown>("GET", `/v1/apps/${app}/ip_assignments`)).ips;
const assign = (app: string, type: string, more = {}) =>
  room.behind<{ ip: string }>("POST", `/v1/apps/${app}/ip_assignments`, { type, ...more });
const inputsFor = (app: string, ingress: Ingress, callers?: string): IpAssignmentInputs =>
  checked(room.ips, { tenant: "acme", app, ingress, ...(callers === undefined ? {} : { callers }) });
const networks = async (app: string) => (await shown(app)).map(({ network }) => network?.name);

/** An app with the addresses of an ingress, as the state file knows them. */
async function given(app: string, ingress: Ingress, callers?: string) {
  await room.app.create(appInputs(app), testCall());
  const inputs = inputsFor(app, ingress, callers);
  const existing = await room.ips.create(inputs, testCall());
  return { inputs, existing, known: after(inputs, existing) };
}

describe("the addresses of an app", () => {
  it.each<[Ingress, string[]]>([
    ["public", ["shared_v4", "v6"]],
    ["private", ["private_v6"]],
    ["none", []],
  ])("for ingress %s are read back as they were declared", async (ingress, types) => {
    const { inputs, existing, known } = await given(`in-${ingress}`, ingress);
    expect(inputs.types).toEqual(types);
    expect(await room.ips.read(existing.id, known, testCall())).toEqual({ ...existing, inputs });
    expect((await shown(`in-${ingress}`)).map(({ ip }) => ip).sort()).toEqual([...existing.state.addresses].sort());
  });

  it.each<[Ingress]>([["public"], ["private"], ["none"]])(
    "for ingress %s are imported by the app's name",
    async (ingress) => {
      const { inputs, existing } = await given(`import-${ingress}`, ingress);
      const { tenant: _, ...rest } = inputs;
      expect(await room.ips.read(existing.id, undefined, testCall())).toEqual({ ...existing, inputs: rest });
    },
  );

  it("are gone with the app", async () => {
    const { existing, known } = await given("leaving", "public");
    await room.behind("DELETE", "/v1/apps/leaving");
    expect(await room.ips.read(existing.id, known, testCall())).toBeUndefined();
    await room.ips.delete(existing.id, known, testCall());
  });

  it("show what was added and what was taken away outside tenantry", async () => {
    const { existing, known } = await given("tampered", "public");
    await room.behind("DELETE", `/v1/apps/tampered/ip_assignments/${existing.state.addresses[1] ?? ""}`);
    await assign("tampered", "v4");
    const observed = await room.ips.read(existing.id, known, testCall());
    expect(observed?.inputs).toMatchObject({ ingress: "public", types: ["shared_v4", "v4"] });
  });

  it("are fixed in place: what is missing is assigned, what the plan showed as removed is released", async () => {
    const { existing, known, inputs } = await given("fixed", "public");
    const [shared = "", v6 = ""] = existing.state.addresses;
    await room.behind("DELETE", `/v1/apps/fixed/ip_assignments/${v6}`);
    const extra = await assign("fixed", "v4");
    const refreshed = await room.ips.read(existing.id, known, testCall());
    if (refreshed === undefined) throw new Error("the addresses are gone");
    const state = await room.ips.update?.(existing.id, refreshed, inputs, testCall());
    const now = (await shown("fixed")).map(({ ip }) => ip);
    expect(state?.addresses).toHaveLength(2);
    expect(now).toContain(shared);
    expect(now).not.toContain(extra.ip);
    expect(await room.ips.read(existing.id, { inputs, state: state ?? { addresses: [] } }, testCall())).toMatchObject({
      inputs,
    });
  });

  it("move from public to private without touching undeclared ones", async () => {
    const { existing, known } = await given("moved", "public");
    const foreign = await assign("moved", "v4");
    const news = inputsFor("moved", "private");
    const state = await room.ips.update?.(existing.id, known, news, testCall());
    const now = (await shown("moved")).map(({ ip }) => ip);
    expect(now).toHaveLength(2);
    expect(now).toContain(foreign.ip);
    expect(state?.addresses.filter((ip) => ip.startsWith("fdaa:"))).toHaveLength(1);
  });

  it("move from private to public although the first list is as of before they were private", async () => {
    const list = "^GET .*/ip_assignments$";
    // Old answers are kept while there is such a fault.
    await room.cloud.faults({ kind: "stale", operation: list, skip: 9 });
    const { existing, known } = await given("old-list", "public");
    await shown("old-list");
    const closed = inputsFor("old-list", "private");
    const state = await room.ips.update?.(existing.id, known, closed, testCall());
    const opened = inputsFor("old-list", "public");
    await room.cloud.faults({ kind: "stale", operation: list, times: 1 });
    const now = await room.ips.update?.(
      existing.id,
      { inputs: closed, state: state ?? { addresses: [] } },
      opened,
      testCall(),
    );
    expect(await room.cloud.struck()).toEqual([1]);
    await room.cloud.faults();
    const there = (await shown("old-list")).map(({ ip }) => ip).sort();
    expect(there).toHaveLength(2);
    expect([...(now?.addresses ?? [])].sort()).toEqual(there);
  });

  it("of which there are two of one type lose only the one too many", async () => {
    const { existing, known, inputs } = await given("doubled", "public");
    await assign("doubled", "v6");
    const refreshed = await room.ips.read(existing.id, known, testCall());
    if (refreshed === undefined) throw new Error("the addresses are gone");
    expect(refreshed.inputs.types).toEqual(["shared_v4", "v6", "v6"]);
    await room.ips.update?.(existing.id, refreshed, inputs, testCall());
    expect(await shown("doubled")).toHaveLength(2);
  });

  it("are released, and may be released again", async () => {
    const { existing, known } = await given("released", "public");
    const foreign = await assign("released", "v4");
    await room.ips.delete(existing.id, known, testCall());
    await room.ips.delete(existing.id, known, testCall());
    expect((await shown("released")).map(({ ip }) => ip)).toEqual([foreign.ip]);
  });

  it("that are for egress are not part of an ingress, and stay", async () => {
    const { existing, known, inputs } = await given("outgoing", "public");
    await room.behind("POST", "/_embedded/egress-addresses/outgoing");
    expect(await shown("outgoing")).toHaveLength(4);
    expect(await room.ips.read(existing.id, known, testCall())).toEqual({ ...existing, inputs });
    await room.ips.update?.(existing.id, known, inputsFor("outgoing", "none"), testCall());
    expect(await shown("outgoing")).toMatchObject([{ egress: true }, { egress: true }]);
  });

  it.each([[false], [true]])(
    "that are private answer from the organisation's default network, also if Fly wants its slug: %p",
    async (wanted) => {
      await room.cloud.switches({ "fly.flycastNeedsOrganization": wanted });
      await given(`called-${wanted}`, "private");
      await room.cloud.resetSwitches();
      expect(await shown(`called-${wanted}`)).toMatchObject([{ network: { name: "", org_slug: ORGANIZATION } }]);
    },
  );

  it("that are private answer the network that is declared, in its place another one, and no address is left behind", async () => {
    const { inputs, existing, known } = await given("callers", "private", "routers");
    expect(await networks("callers")).toEqual(["routers"]);
    expect(await room.ips.read(existing.id, known, testCall())).toEqual({ ...existing, inputs });
    const { tenant: _, ...rest } = inputs;
    expect(await room.ips.read(existing.id, undefined, testCall())).toEqual({ ...existing, inputs: rest });
    let last = known;
    for (const callers of ["net-callers", undefined, "routers"]) {
      const news = inputsFor("callers", "private", callers);
      const state = await room.ips.update?.("callers", last, news, testCall());
      expect(await networks("callers")).toEqual([callers ?? ""]);
      expect((await shown("callers")).map(({ ip }) => ip)).toEqual(state?.addresses);
      last = { inputs: news, state: state ?? { addresses: [] } };
      expect(await room.ips.read("callers", last, testCall())).toMatchObject(last);
    }
    const open = inputsFor("callers", "public");
    const state = await room.ips.update?.("callers", last, open, testCall());
    expect((await shown("callers")).map(({ ip }) => ip).sort()).toEqual([...(state?.addresses ?? [])].sort());
    expect(await networks("callers")).toEqual([undefined, undefined]);
  });

  it("that answer other callers show as drift, and only they are released", async () => {
    const { existing, known, inputs } = await given("misled", "private", "routers");
    const declared = existing.state.addresses[0] ?? "";
    await assign("misled", "private_v6");
    const doubled = await room.ips.read(existing.id, known, testCall());
    expect(doubled?.inputs).toMatchObject({ types: ["private_v6", "private_v6"], callers: "routers" });
    if (doubled !== undefined) await room.ips.update?.(existing.id, doubled, inputs, testCall());
    expect((await shown("misled")).map(({ ip }) => ip)).toEqual([declared]);
    await room.behind("DELETE", `/v1/apps/misled/ip_assignments/${declared}`);
    await assign("misled", "private_v6", { network: "strangers" });
    const turned = await room.ips.read(existing.id, known, testCall());
    expect(turned?.inputs).toMatchObject({ types: ["private_v6"], callers: "strangers" });
    if (turned !== undefined) await room.ips.update?.(existing.id, turned, inputs, testCall());
    expect(await networks("misled")).toEqual(["routers"]);
  });

  it("are not asked for where the app is missing", async () => {
    expect(await failure(room.ips.create(inputsFor("nowhere", "public"), testCall()))).toMatchObject({
      kind: httpErrors.VENDOR_FAILED,
      status: 404,
    });
  });

  it("are certain in a preview where nothing changes or none are asked for", () => {
    const known = { inputs: inputsFor("a", "public"), state: { addresses: ["198.18.0.1"] } };
    expect(room.ips.foresee?.(inputsFor("a", "public"), known)).toEqual(known.state);
    expect(room.ips.foresee?.(inputsFor("a", "private"), known)).toEqual({});
    expect(room.ips.foresee?.(inputsFor("a", "none"), undefined)).toEqual({ addresses: [] });
  });

  it("are left open in a preview that does not know the ingress yet", () => {
    const news = { tenant: "acme", app: "a", ingress: Unknown.value as unknown as Ingress };
    expect(room.ips.check?.(news, undefined, () => new Date())).toEqual(news);
  });
});

describe("addresses that a run has left which broke off", () => {
  /** A later run meets the app, of which no state knows. */
  const madeAgain = async (app: string, inputs: IpAssignmentInputs, call = testCall()) => {
    const later = room.through(room.client);
    await later["tenantry:fly:App"].create(appInputs(app), testCall());
    return later["tenantry:fly:IpAssignment"].create(inputs, call);
  };

  it.each<[string, Ingress, string | undefined, Ingress, string | undefined]>([
    ["no-more", "public", undefined, "none", undefined],
    ["inside-now", "public", undefined, "private", undefined],
    ["outside-now", "private", undefined, "public", undefined],
    ["others-call", "private", "strangers", "private", "routers"],
  ])("go when the app is made again (%s: %s %s, then %s %s)", async (app, first, callers, then, others) => {
    await given(app, first, callers);
    const before = (await shown(app)).map(({ ip }) => ip);
    const call = testCall();
    const { state } = await madeAgain(app, inputsFor(app, then, others), call);
    expect((await shown(app)).map(({ ip }) => ip).sort()).toEqual([...state.addresses].sort());
    expect(call.lines).toEqual([
      {
        severity: "warning",
        line: expect.stringContaining(`takes over app ${app} and releases its undeclared addresses`),
      },
    ]);
    const released = before.filter((ip) => !state.addresses.includes(ip));
    expect(released.filter((ip) => call.lines[0]?.line.includes(ip) !== true)).toEqual([]);
  });

  it("stay where they cost money, or where the state has known the app all along: a plan shows them first", async () => {
    await given("paid", "public");
    const { ip } = await assign("paid", "v4");
    await madeAgain("paid", inputsFor("paid", "none"));
    expect((await shown("paid")).map((each) => each.ip)).toEqual([ip]);
    await given("known", "public");
    const later = room.through(room.client)["tenantry:fly:IpAssignment"];
    const inputs = inputsFor("known", "none");
    const existing = await later.create(inputs, testCall());
    expect(await shown("known")).toHaveLength(2);
    const observed = await later.read("known", after(inputs, existing), testCall());
    expect(observed?.inputs).toMatchObject({ ingress: "none", types: ["shared_v4", "v6"] });
    if (observed !== undefined) await later.update?.("known", observed, inputs, testCall());
    expect(await shown("known")).toEqual([]);
  });
});

describe("addresses whose assignment is cut off", () => {
  it.each([["reset" as const], ["timeout" as const], ["error" as const]])(
    "after the effect by %s exist once, also without another try",
    async (kind) => {
      const app = `cut-${kind}`;
      await room.app.create(appInputs(app), testCall());
      await room.cloud.faults({ operation: "^POST .*/ip_assignments$", kind, when: "after", times: 2 });
      const cut = room.through(room.hasty())["tenantry:fly:IpAssignment"];
      const existing = await cut.create(inputsFor(app, "public"), testCall());
      await room.cloud.faults();
      expect(existing.state.addresses).toHaveLength(2);
      expect(await cut.create(inputsFor(app, "public"), testCall())).toEqual(existing);
      expect(await shown(app)).toHaveLength(2);
    },
  );
});
