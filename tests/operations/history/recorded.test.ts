import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import type { TenantOutcome } from "../../../operations/engine/deployment-events.ts";
import { parseEntry } from "../../../operations/history/entry.ts";
import { historyLog } from "../../../operations/history/open-log.ts";
import { recorded } from "../../../operations/history/recorded.ts";
import { parseSettings } from "../../../stack/settings.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "tenantry-recorded-"));
});
afterEach(() => rmSync(home, { recursive: true }));

function context() {
  const organizations = { tursoOrganization: "org", flyOrganization: "org" };
  const settings = parseSettings("dev", {
    cloud: "embedded",
    fleetId: "0".repeat(32),
    prefix: "tst",
    ...organizations,
  });
  return { stack: "dev", settings, home, projectDir: home };
}

const outcome = (tenant: string): TenantOutcome => ({
  ...{ tenant, result: "ok", open: [], errors: [], warnings: [], migrations: ["0002_slugs"] },
  done: { create: 0, update: 0, replace: 0, rotate: 0, delete: 0 },
});

const entries = async () =>
  (await historyLog(context()).lines()).map((line) => {
    const { kind, tenant, result } = parseEntry(line) ?? {};
    return [kind, tenant, result].filter((each) => each !== undefined).join(" ");
  });

async function until(count: number): Promise<void> {
  while ((await entries()).length < count) await new Promise(setImmediate);
}

describe("a run that is recorded", () => {
  it("has the line of a tenant as soon as that is told, and once only", async () => {
    const tenants = Array.from({ length: 20 }, (_, at) => `t${at}`);
    await recorded(context(), undefined, async (tell) => {
      tell(outcome("first"));
      await until(2);
      expect(await entries()).toEqual(["begun", "tenant first ok"]);
      for (const tenant of tenants) tell(outcome(tenant));
      return ["first", ...tenants, "last"].map(outcome);
    });
    const told = ["first", ...tenants, "last"].map((tenant) => `tenant ${tenant} ok`);
    expect(await entries()).toEqual(["begun", ...told, "ended ok"]);
  });

  it("keeps the lines of those it was through with when it is broken off", async () => {
    const broken = recorded(context(), undefined, (tell) => {
      tell(outcome("first"));
      tell({ ...outcome("second"), result: "interrupted" });
      return Promise.reject(new Error("broken off"));
    });
    await expect(broken).rejects.toThrow("broken off");
    expect(await entries()).toEqual(["begun", "tenant first ok", "tenant second interrupted", "ended failed"]);
  });
});
