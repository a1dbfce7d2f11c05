import { describe, expect, it } from "@jest/globals";

import { inventedReport } from "../../../bench/report-fleet.ts";
import { recordedVersions } from "../../../operations/engine/recorded-versions.ts";
import type { StoredResource } from "../../../operations/engine/stack-state.ts";
import { isBehind, type ReportRow } from "../../../operations/report/fleet-report.ts";
import { shortImage } from "../../../operations/report/tenant-view.ts";
import { versionMatrix } from "../../../operations/report/version-matrix.ts";

const [BASE] = inventedReport(1).rows;
if (BASE === undefined) throw new Error("no row");
const row = (
  tenant: string,
  applied: string | undefined,
  found?: number,
  more: Partial<ReportRow> = {},
): ReportRow => ({
  ...BASE,
  tenant,
  state: "active",
  image: { declared: "app:2", applied },
  schema: found === undefined ? undefined : { from: "migrations/notes", declared: 2, found },
  ...more,
});

const MIXED = [
  row("zed", "app:2", 2),
  row("acme", "app:1", 1),
  row("globex", "app:2", 2),
  row("initech", "app:2", 1),
  row("hooli", "app:2"),
  row("new", undefined),
  row("gone", undefined, undefined, { state: "purged" }),
];

describe("the matrix of versions", () => {
  it("says who has which image with which schema, the most frequent first, and names who has no machine", () => {
    expect(versionMatrix(MIXED)).toEqual({
      images: ["app:2", "app:1"],
      schemas: ["migrations/notes 1", "migrations/notes 2", "no schema"],
      cells: [
        { image: "app:2", schema: "migrations/notes 2", tenants: ["globex", "zed"] },
        { image: "app:1", schema: "migrations/notes 1", tenants: ["acme"] },
        { image: "app:2", schema: "migrations/notes 1", tenants: ["initech"] },
        { image: "app:2", schema: "no schema", tenants: ["hooli"] },
      ],
      without: ["new"],
    });
  });

  it("has every tenant that is not purged exactly once", () => {
    const { rows } = inventedReport(500);
    const { cells, without } = versionMatrix(rows);
    const named = [...cells.flatMap(({ tenants }) => tenants), ...without];
    expect(named.toSorted()).toEqual(rows.map(({ tenant }) => tenant).toSorted());
    expect(without.length).toBeGreaterThan(0);
  });

  it("calls a tenant behind when it has another image or schema than its file declares", () => {
    expect(MIXED.filter(isBehind).map(({ tenant }) => tenant)).toEqual(["acme", "initech"]);
  });

  it("shortens nothing of an image but its digest", () => {
    expect(shortImage(`ghcr.io/acme/agent@sha256:${"0123456789abcdef".repeat(4)}`)).toBe(
      "ghcr.io/acme/agent@sha256:0123456789ab",
    );
    expect(shortImage("ghcr.io/acme/agent:1.4.2")).toBe("ghcr.io/acme/agent:1.4.2");
  });
});

describe("the versions that a state has seen", () => {
  const resource = (type: string, inputs: object, more: Partial<StoredResource> = {}) =>
    ({
      urn: `urn:pulumi:dev::tenantry::tenantry:index:Tenant$${type}::acme`,
      type,
      inputs,
      outputs: {},
      ...more,
    }) as StoredResource;

  it("are the machine's image and the schema's version, of what is not replaced already", () => {
    const found = recordedVersions([
      resource("tenantry:fly:Machine", { config: { image: "app:2" } }),
      resource("tenantry:fly:Machine", { config: { image: "app:1" } }, { delete: true }),
      resource("tenantry:turso:Schema", { version: 3 }),
      resource("tenantry:turso:Database", { version: 9 }),
    ]);
    expect(Object.fromEntries(found)).toEqual({ acme: { image: "app:2", schema: 3 } });
  });
});
