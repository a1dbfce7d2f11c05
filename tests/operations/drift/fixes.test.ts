import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { FileEdit } from "../../../tenants/edits/setting-text.ts";
import { adoptionOf } from "../../../operations/drift/adoption.ts";
import { remediesOf, repairOf } from "../../../operations/drift/fixes.ts";
import { acceptable, isSaid, scriptOf, shownStep, stepsOf } from "../../../operations/drift/repair.ts";
import { parseSettings } from "../../../stack/settings.ts";
import { finding, seen, state, step } from "./findings.ts";

const SETTINGS = { fleetId: "0123456789abcdef", prefix: "tst", tursoOrganization: "o", flyOrganization: "o" };

/** The change of the file that declares what was observed of one setting. */
function adopted(type: string, aspect: string, inputs: Record<string, unknown>) {
  return adoptionOf(
    finding({ kind: "modified", aspect }),
    seen(step(type, "acme", { op: "update", oldState: state({}), newState: state(inputs) })),
  );
}

describe("taking what is observed into the file", () => {
  it.each([
    ["tigris:Bucket", "bucket.locations", { locations: "fra,iad" }, ["storage", "locations"], ["fra", "iad"]],
    ["tigris:Bucket", "bucket.locations", { locations: "eur" }, ["storage", "locations"], "eur"],
    ["turso:Database", "database.sizeLimit", { sizeLimit: "2000000000" }, ["database", "sizeLimit"], "2gb"],
    ["fly:Machine", "machine.config.env.A", { config: { env: { A: "1" } } }, ["machine", "env", "A"], "1"],
    ["fly:Machine", "machine.config.env.A", { config: { env: {} } }, ["machine", "env", "A"], undefined],
    [
      "fly:Machine",
      "machine.config.guest.memory_mb",
      { config: { guest: { memory_mb: 512 } } },
      ["machine", "memoryMb"],
      512,
    ],
    ["fly:IpAssignment", "addresses.callers", { callers: "routers" }, ["machine", "callers"], "routers"],
    ["fly:IpAssignment", "addresses.callers", {}, ["machine", "callers"], "default"],
    ["fly:IpAssignment", "addresses.types[0]", { types: ["private_v6"] }, ["machine", "ingress"], "private"],
  ])("of %s: %s", (type, aspect, inputs, path, value) => {
    expect(adopted(type, aspect, inputs)).toEqual({ path, value });
  });

  it("is not offered where a file has no such field", () => {
    for (const [type, aspect] of [
      ["tigris:Bucket", "bucket.access"],
      ["tigris:AccessKey", "key.policy"],
      ["fly:Secrets", "secrets.values.A"],
      ["turso:Database", "database.dbId"],
    ] as const) {
      expect(
        adopted(type, aspect, { access: "public-read", policy: "x", values: "[secret]", dbId: "x" }),
      ).toBeUndefined();
    }
  });
});

describe("what can be done about a finding", () => {
  const edit = { path: ["machine", "memoryMb"], value: 512 };
  const nobody = () => false;

  it("is to apply again, and where it can be declared to change the file", () => {
    const hows = (offered: typeof edit | undefined) =>
      remediesOf(finding({ kind: "modified", aspect: "machine.config.guest.memory_mb" }), offered, nobody).map(
        ({ how }) => how,
      );
    expect(hows(edit)).toEqual(["apply", "adopt-file"]);
    expect(hows(undefined)).toEqual(["apply"]);
  });

  it("is nothing for what is ignored", () => {
    const rule = { what: "a", reason: "b", until: "2026-12-01", tenant: "acme" };
    expect(remediesOf(finding({ kind: "modified", aspect: "machine.region", ignored: rule }), edit, nobody)).toEqual(
      [],
    );
  });

  it("is a tenant file for a bucket that is named after a tenant without one; never a deletion", () => {
    const bucket = finding({ kind: "unmanaged", aspect: "unmanaged.bucket.x", resource: "bucket", tenant: "zeta" });
    expect(remediesOf(bucket, undefined, nobody)).toEqual([{ how: "import", tenant: "zeta" }]);
    expect(remediesOf(bucket, undefined, () => true)).toEqual([]);
    expect(remediesOf({ ...bucket, tenant: "(stack)" }, undefined, nobody)).toEqual([]);
    expect(remediesOf({ ...bucket, resource: "access key" }, undefined, nobody)).toEqual([]);
  });

  it("comes together as one repair: all edits of one file at once, and one up only where something is to be applied", () => {
    const adoption = { how: "adopt-file", tenant: "acme", edit } as const;
    expect(repairOf([adoption, adoption])).toMatchObject({ up: false, newTenants: [] });
    expect(repairOf([adoption, adoption]).edits.get("acme")).toHaveLength(2);
    expect(
      repairOf([
        { how: "import", tenant: "zeta" },
        { how: "import", tenant: "zeta" },
      ]),
    ).toMatchObject({
      up: true,
      newTenants: ["zeta"],
    });
  });
});

describe("a tenant file that is to take changes", () => {
  const projectDir = mkdtempSync(join(tmpdir(), "tenantry-adoption-"));
  const context = { projectDir, home: projectDir, stack: "prod", settings: parseSettings("prod", SETTINGS) };
  const edit = (name: string, value: unknown): FileEdit => ({ path: ["machine", name], value });
  const [performance, roomy, daft] = [edit("cpuKind", "performance"), edit("memoryMb", 4096), edit("cpus", 3)];

  beforeAll(() => {
    mkdirSync(join(projectDir, "tenants/prod"), { recursive: true });
    copyFileSync("tenants/plans.yaml", join(projectDir, "tenants/plans.yaml"));
    writeFileSync(join(projectDir, "tenants/prod/acme.yaml"), "owner: a@b.example\nmachine: { cpus: 1 }\n");
  });
  afterAll(() => {
    rmSync(projectDir, { recursive: true });
  });

  it("takes those together that are valid only together", () => {
    expect(acceptable(context, "acme", [performance])).toEqual([]);
    expect(acceptable(context, "acme", [performance, roomy])).toEqual([performance, roomy]);
  });

  it("leaves out what it says already, and what it cannot say", () => {
    expect(acceptable(context, "acme", [edit("cpus", 1), daft, edit("memoryMb", 2048)])).toEqual([
      edit("memoryMb", 2048),
    ]);
    expect(isSaid(context, "acme", edit("cpus", 1))).toBe(true);
    expect(isSaid(context, "acme", daft)).toBe(false);
  });

  it("is not written with half of what belongs together", () => {
    const half = repairOf([{ how: "adopt-file", tenant: "acme", edit: performance }]);
    expect(() => stepsOf(context, half, "a@b.example")).toThrow("TENANT_FILES_INVALID");
  });
});

describe("a step", () => {
  const file = { kind: "file", file: "tenants/prod/acme.yaml", before: "a: 1\nb: 2\n", after: "a: 1\nb: 3\n" } as const;
  const command = { kind: "command", argv: ["npx", "tenantry", "up", "--stack", "it's"] } as const;

  it("is shown before it is done: the command, or the lines that change", () => {
    expect(shownStep(command)).toBe("$ npx tenantry up --stack it's");
    expect(shownStep(file)).toBe("# tenants/prod/acme.yaml\n- b: 2\n+ b: 3");
  });

  it("is in the script as a shell takes it, with what is left to people as comments", () => {
    const script = scriptOf("prod", [file, command], ["volume vol_1\nrm -rf /"]);
    expect(script).toContain("# left: volume vol_1\\nrm -rf /\n");
    expect(script).toContain("cat > tenants/prod/acme.yaml <<'END_OF_TENANT_FILE'\na: 1\nb: 3\nEND_OF_TENANT_FILE\n");
    expect(script).toContain("npx tenantry up --stack 'it'\\''s'\n");
  });
});
