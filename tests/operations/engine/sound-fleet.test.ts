import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";

import { declaredTenant } from "../../../operations/engine/named-tenant.ts";
import { soundFleet } from "../../../operations/engine/sound-fleet.ts";
import { declaredFleet } from "../../../stack/declared-fleet.ts";
import { openStack } from "../../../stack/context.ts";
import { scratchProject, type ScratchProject } from "../../support/scratch-project.ts";

let home: string;
let project: ScratchProject;
let said: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "tenantry-home-"));
  project = scratchProject(home);
  project.tenant("acme");
  said = "";
  jest.spyOn(process.stderr, "write").mockImplementation((piece) => {
    said += String(piece);
    return true;
  });
});

afterEach(() => {
  jest.restoreAllMocks();
  project.dispose();
  rmSync(home, { recursive: true, force: true });
});

const context = () => openStack("local", project.dir);
const inFolder = (name: string) => join(project.dir, "tenants/local", name);

/** What somebody can leave in the folder of the tenants. */
const INVALID: readonly (readonly [what: string, id: string, make: () => void])[] = [
  ["an owner that is no address", "bad", () => project.tenant("bad", "owner: not mail\n")],
  ["text that is no YAML", "bad", () => project.tenant("bad", "owner: [\n")],
  ["bytes that are no UTF-8", "bad", () => writeFileSync(inFolder("bad.yaml"), Buffer.from([0x6f, 0xff, 0xfe]))],
  ["a plan that does not exist", "bad", () => project.tenant("bad", "owner: a@b.example\nplan: gold\n")],
  ["a name that is no tenant's id", "Bad_Name", () => project.tenant("Bad_Name")],
  ["a folder", "folder.yaml", () => mkdirSync(inFolder("folder.yaml"))],
  ["a link that leads out", "out", () => symlinkSync("/etc/passwd", inFolder("out.yaml"))],
];

describe("one invalid tenant file", () => {
  it.each(INVALID)("makes its tenant unusable and is named, and the others are usable: %s", (_what, id, make) => {
    make();
    expect(declaredTenant(context(), "acme").id).toBe("acme");
    expect(soundFleet(context()).tenants.map((tenant) => tenant.id)).toEqual(["acme"]);
    expect(said).toContain(`tenants/local/${id}`);
    expect(() => declaredTenant(context(), id.replace(/\.yaml$/, ""))).toThrow(/^TENANT_FILES_INVALID/);
    expect(() => declaredFleet(context())).toThrow(/^TENANT_FILES_INVALID/);
  });

  it("is not taken for the file of plans, though its tenant is called plans", () => {
    project.tenant("plans", "ownr: x\n");
    expect(declaredTenant(context(), "acme").id).toBe("acme");
  });
});

describe("an invalid file of plans", () => {
  it("makes every tenant unusable, for all rest on it", () => {
    writeFileSync(join(project.dir, "tenants/plans.yaml"), "standard: { machine: { memoryMb: 1 } }\n");
    expect(() => declaredTenant(context(), "acme")).toThrow(/^TENANT_FILES_INVALID: .*\n.*plans\.yaml/);
    expect(() => soundFleet(context())).toThrow(/^TENANT_FILES_INVALID/);
  });
});
