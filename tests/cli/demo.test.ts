import { describe, expect, it } from "@jest/globals";

import { demoTenant } from "../../cli/demo.ts";
import type { RecordedTenant } from "../../operations/engine/recorded-tenants.ts";

const active = {
  backend: "tigris",
  bucket: "tnt-local-acme",
  databaseUrl: "http://127.0.0.1:1",
  app: "tnt-local-acme",
  machineId: "f9c3ae5e183b69",
  state: "active",
  versions: { epoch: 1 },
  machine: { region: "iad", config: {} },
} as const satisfies RecordedTenant;
const { bucket: _bucket, ...onVolume } = active;
const { databaseUrl: _databaseUrl, ...withoutDatabase } = active;
const fleet = (acme: RecordedTenant, ...others: [string, RecordedTenant][]) => new Map([["acme", acme], ...others]);

describe("demo", () => {
  it("takes the first tenant that can show it, or the one that is named", () => {
    const all = fleet({ ...active, state: "suspended" }, ["ben", active], ["cyd", active]);
    expect(demoTenant(all, undefined, "local")[0]).toBe("ben");
    expect(demoTenant(all, "cyd", "local")[0]).toBe("cyd");
  });

  it.each<[string, RecordedTenant, string, string]>([
    [
      "suspended",
      { ...active, state: "suspended" },
      "acme is suspended: its keys open nothing",
      "Set `state: active` in tenants/local/acme.yaml",
    ],
    [
      "offboarding",
      { ...active, state: "offboarding" },
      "acme is offboarding",
      "Set `state: active` in tenants/local/acme.yaml",
    ],
    [
      "on a volume",
      onVolume,
      "acme keeps its files on a volume",
      "Choose a bucket as `storage.backend` in tenants/local/acme.yaml",
    ],
    [
      "without a database",
      withoutDatabase,
      "acme has no database",
      "Set `database: { engine: turso }` in tenants/local/acme.yaml",
    ],
  ])("of a tenant that is %s says so, what to change, and which other can show it", (_, acme, what, change) => {
    const asked = () => demoTenant(fleet(acme, ["ben", active]), "acme", "local");
    expect(asked).toThrow(`DEMO_IMPOSSIBLE: ${what}`);
    expect(asked).toThrow(
      `next: ${change} and run \`npx tenantry up --stack local\`. Or take another: \`npx tenantry demo --stack local --tenant ben\`.`,
    );
  });

  it("of a fleet in which nobody can show it says that", () => {
    const asked = () => demoTenant(fleet(onVolume), undefined, "local");
    expect(asked).toThrow("DEMO_IMPOSSIBLE: no tenant of local is active and has a bucket and a database");
  });
});
