import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { takeInventory } from "../../../operations/drift/inventory.ts";
import { withoutGone } from "../../../operations/drift/still-there.ts";
import type { Accounts } from "../../../stack/accounts.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { type Outsider, outsider } from "../../support/outsider.ts";

const APPS = ["gone", "kept"];
const MACHINE = { region: "iad", config: { image: "ghcr.io/tenantry/reference-app:0.1.0" }, skip_launch: true };

let cloud: TestCloud;
let outside: Outsider;
let accounts: Accounts;
beforeAll(async () => {
  cloud = await startCloud();
  outside = outsider(cloud);
  const { tigris, turso, fly } = cloud.descriptor;
  accounts = { tigris: { ...tigris, machineEndpoint: tigris.endpoint }, turso, fly };
});
afterAll(() => cloud.dispose());

/** What each app of the inventory has, by the app's name. */
const appsOf = (things: readonly { readonly app: string }[]) => things.map(({ app }) => app).sort();

async function inEachApp(): Promise<{ app: string; machine: string; volume: string }[]> {
  return Promise.all(
    APPS.map(async (app) => {
      await outside.fly("POST", "/apps", { app_name: app, org_slug: accounts.fly.organization });
      const { id: machine } = await outside.fly<{ id: string }>("POST", `/apps/${app}/machines`, MACHINE);
      const disk = { name: "data", region: "iad", size_gb: 1 };
      const { id: volume } = await outside.fly<{ id: string }>("POST", `/apps/${app}/volumes`, disk);
      return { app, machine, volume };
    }),
  );
}

describe("an undeclared resource in a list", () => {
  it("is read itself, and is not reported if it was just deleted", async () => {
    const [gone] = await inEachApp();
    for (const name of APPS) await outside.s3("PUT", `/bucket-${name}`);
    const listed = await takeInventory(accounts, () =>
      Promise.resolve({ isDeclared: () => true, keysOf: () => undefined }),
    );
    expect([appsOf(listed.machines), appsOf(listed.volumes)]).toEqual([APPS, APPS]);
    // Deleted after the list was made, which is what a list that lags looks like.
    await outside.fly("DELETE", `/apps/gone/machines/${gone?.machine ?? ""}?force=true`);
    await outside.fly("GET", `/apps/gone/machines/${gone?.machine ?? ""}/wait?state=destroyed&timeout=5`);
    await outside.fly("DELETE", `/apps/gone/volumes/${gone?.volume ?? ""}`);
    await outside.s3("DELETE", "/bucket-gone", "", {
      "x-tigris-force-hard-delete": "true",
      "tigris-force-delete": "true",
    });
    const found = await withoutGone(accounts, listed, () => true);
    expect([appsOf(found.machines), appsOf(found.volumes)]).toEqual([["kept"], ["kept"]]);
    expect([...found.buckets.keys()]).toEqual(["bucket-kept"]);
    expect(found.apps.map(({ name }) => name).sort()).toEqual(APPS);
  });

  it("stays when it cannot be read, and when it is not suspect", async () => {
    const listed = await takeInventory(accounts, () =>
      Promise.resolve({ isDeclared: () => true, keysOf: () => undefined }),
    );
    await cloud.faults({ operation: "^GET ", kind: "error", status: 403 });
    expect(await withoutGone(accounts, listed, () => true)).toEqual(listed);
    await cloud.faults();
    const invented = { ...listed, machines: [{ id: "0123456789abcd", app: "kept", metadata: {} }] };
    expect((await withoutGone(accounts, invented, () => false)).machines).toHaveLength(1);
    expect((await withoutGone(accounts, invented, () => true)).machines).toEqual([]);
  });
});
