import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { flyErrors } from "../../../provider/fly/errors.ts";
import type { IpAssignmentInputs, SecretsInputs } from "../../../provider/fly/index.ts";
import { testCall } from "../../support/call.ts";
import {
  after,
  appInputs,
  checked,
  failure,
  type FlyRoom,
  machineInputs,
  openFlyRoom,
  ORGANIZATION,
  volumeInputs,
} from "./fly-room.ts";

let room: FlyRoom;
/** The types as a later run has them. */
let later: ReturnType<FlyRoom["through"]>;
beforeAll(async () => {
  room = await openFlyRoom();
});
beforeEach(() => {
  later = room.through(room.client);
});
afterAll(() => room.cloud.dispose());

const secretsOf = (app: string, values: Record<string, string>): SecretsInputs => ({ tenant: "acme", app, values });
const publicOf = (app: string): IpAssignmentInputs => checked(room.ips, { tenant: "acme", app, ingress: "public" });
const privateOf = (app: string): IpAssignmentInputs => checked(room.ips, { tenant: "acme", app, ingress: "private" });
const ended = { by: expect.objectContaining({ kind: flyErrors.FLY_OTHER_APP }) as unknown };

/** An app of ours with all that goes to it by its name. Then somebody deletes it, and another team makes the same. */
async function takenOver(app: string) {
  await room.app.create(appInputs(app), testCall());
  const secrets = secretsOf(app, { KEY: "our-value" });
  const addresses = publicOf(app);
  const volume = checked(room.volume, volumeInputs(app));
  const known = {
    secrets: after(secrets, await room.secrets.create(secrets, testCall())),
    addresses: after(addresses, await room.ips.create(addresses, testCall())),
    volume: await room.volume.create(volume, testCall()),
    volumeInputs: volume,
  };
  await room.behind("DELETE", `/v1/apps/${app}`);
  await room.behind("POST", "/v1/apps", { name: app, org_slug: ORGANIZATION, network: `${app}-of-another-team` });
  await room.client.untilKnown(app, {});
  await room.behind("POST", `/v1/apps/${app}/secrets`, { values: { KEY: "their-value" } });
  await room.behind("POST", `/v1/apps/${app}/ip_assignments`, { type: "v6" });
  await room.behind("POST", `/v1/apps/${app}/volumes`, { name: "data", region: "iad", size_gb: 2 });
  return known;
}

/** All that an app has. */
async function contents(app: string) {
  const of = (what: string) => room.behind("GET", `/v1/apps/${app}/${what}`);
  return Promise.all(["secrets", "ip_assignments", "volumes", "machines"].map(of));
}

describe("an app that another team has made under the name of ours", () => {
  it("gets no secret, address, machine or volume of ours", async () => {
    const { secrets, addresses } = await takenOver("written");
    const before = await contents("written");
    const [types, call] = [later, testCall()];
    const writes: readonly (() => Promise<unknown> | undefined)[] = [
      () => types["tenantry:fly:Secrets"].create(secretsOf("written", { KEY: "new" }), call),
      () => types["tenantry:fly:Secrets"].update?.("written", secrets, secretsOf("written", { OTHER: "new" }), call),
      () => types["tenantry:fly:IpAssignment"].create(publicOf("written"), call),
      () => types["tenantry:fly:IpAssignment"].update?.("written", addresses, privateOf("written"), call),
      () => types["tenantry:fly:Machine"].create(checked(room.machine, machineInputs("written")), call),
      () => types["tenantry:fly:Volume"].create(checked(room.volume, volumeInputs("written")), call),
    ];
    for (const write of writes) {
      const by = await failure(write() ?? Promise.reject(new Error("there is no update")));
      expect({ by }).toEqual(ended);
      expect(by.message).toContain("written-of-another-team");
    }
    expect(await contents("written")).toEqual(before);
  });

  it("loses nothing when what was in ours is deleted, and the user is told", async () => {
    const { secrets, addresses } = await takenOver("emptied");
    const before = await contents("emptied");
    const call = testCall();
    await later["tenantry:fly:Secrets"].delete("emptied", secrets, call);
    await later["tenantry:fly:IpAssignment"].delete("emptied", addresses, call);
    expect(await contents("emptied")).toEqual(before);
    const told = { severity: "warning", line: expect.stringContaining("emptied-of-another-team") as unknown };
    expect(call.lines).toEqual([told, told]);
  });

  it("has a volume that is not ours, though it has the name of ours", async () => {
    const { volume, volumeInputs: inputs } = await takenOver("moved");
    expect(await later["tenantry:fly:Volume"].read(volume.id, after(inputs, volume), testCall())).toBeUndefined();
  });
});

describe("an app of ours", () => {
  const looks = async () =>
    (await room.cloud.calls()).filter(({ operation }) => operation === "GET /v1/apps/{app}").map(({ count }) => count);

  it("is looked at once in a run, whatever is written to it, also at the same moment", async () => {
    await room.app.create(appInputs("ours"), testCall());
    await room.cloud.forgetCalls();
    const types = later;
    await Promise.all([
      types["tenantry:fly:Secrets"].create(secretsOf("ours", { A: "b" }), testCall()),
      types["tenantry:fly:IpAssignment"].create(publicOf("ours"), testCall()),
    ]);
    await types["tenantry:fly:Volume"].create(checked(room.volume, volumeInputs("ours")), testCall());
    expect(await looks()).toEqual([1]);
  });

  it("is not looked at in the run that makes it", async () => {
    const types = later;
    await types["tenantry:fly:App"].create(appInputs("new"), testCall());
    await room.cloud.forgetCalls();
    await types["tenantry:fly:Secrets"].create(secretsOf("new", { A: "b" }), testCall());
    expect(await looks()).toEqual([]);
  });
});
