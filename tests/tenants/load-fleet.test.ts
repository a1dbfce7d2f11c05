import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { TenantFilesInvalid, tenantErrors } from "../../tenants/errors.ts";
import { formatFault } from "../../tenants/fault.ts";
import { loadFleet } from "../../tenants/load-fleet.ts";

let dir = "";

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tenants-"));
  mkdirSync(join(dir, "dev"));
  cpSync("tenants/plans.yaml", join(dir, "plans.yaml"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function write(name: string, content: string | Uint8Array = "owner: a@b.example\n"): void {
  writeFileSync(join(dir, "dev", name), content);
}

function thrownBy(load: () => unknown): unknown {
  try {
    load();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

/** Faults as printed, with the folder left out. */
function faults(stack = "dev"): string[] {
  const error = thrownBy(() => loadFleet(dir, stack));
  if (!(error instanceof TenantFilesInvalid)) throw error;
  return error.faults.map((fault) => formatFault(fault).replaceAll(`${dir}/`, ""));
}

describe("loading a fleet", () => {
  it("gives all tenants in the order of their ids", () => {
    for (const name of ["b.yaml", "a-1.yaml", "a.yaml", "a1.yaml"]) write(name);
    expect(loadFleet(dir, "dev").tenants.map(({ id }) => id)).toEqual(["a", "a-1", "a1", "b"]);
  });

  it("gives an empty fleet for a folder that only keeps its place", () => {
    write(".gitkeep", "");
    expect(loadFleet(dir, "dev")).toEqual({ stack: "dev", tenants: [] });
  });

  it("reports every fault of every file at once, in reading order", () => {
    write("a.yaml", "owner: a@b.example\nstate: actve\nmachine: { cpus: 3 }\n");
    write("b.yaml", "owner: a@b.example\n");
    write("c.yaml", "ownr: a@b.example\n");
    writeFileSync(join(dir, "plans.yaml"), "standard: { machine: { memoryMb: 100 } }\n");
    expect(faults()).toEqual([
      "dev/a.yaml:2:8: state: expected active, suspended, offboarding or purged (did you mean active?)",
      "dev/c.yaml:1:1: owner: expected the e-mail address of the tenant's contact",
      "dev/c.yaml:1:1: ownr: unknown key (did you mean owner?)",
      "plans.yaml:1:34: standard.machine.memoryMb: expected a whole number from 256 to 131072, a multiple of 256 (did you mean 256?)",
    ]);
  });

  it("parses no sound file twice, and sees each change of one and of the plans since it was read", () => {
    write("a.yaml");
    write("b.yaml");
    const memoryOf = () => loadFleet(dir, "dev").tenants.map(({ machine }) => machine.memoryMb);
    const first = loadFleet(dir, "dev").tenants;
    expect(loadFleet(dir, "dev").tenants.map((tenant, index) => tenant === first[index])).toEqual([true, true]);
    write("a.yaml", "owner: a@b.example\nmachine: { memoryMb: 2048 }\n");
    expect(memoryOf()).toEqual([2048, first[1]?.machine.memoryMb]);
    const plans = readFileSync("tenants/plans.yaml", "utf8").replace("memoryMb: 1024", "memoryMb: 1536");
    writeFileSync(join(dir, "plans.yaml"), plans);
    expect(memoryOf()).toEqual([2048, 1536]);
    write("a.yaml", "ownr: a@b.example\n");
    expect(faults()).toHaveLength(2);
    write("a.yaml");
    cpSync("tenants/plans.yaml", join(dir, "plans.yaml"));
    expect(loadFleet(dir, "dev").tenants).toEqual(first);
  });

  it("throws one error of the kind TENANT_FILES_INVALID that prints all faults", () => {
    write("a.yaml", "owner: x\nregion: y\n");
    const error = thrownBy(() => loadFleet(dir, "dev"));
    expect(TenantryError.is(error, tenantErrors.TENANT_FILES_INVALID)).toBe(true);
    expect(String(error)).toContain("2 faults in 1 file\n");
    expect(String(error)).toContain(`${dir}/dev/a.yaml:1:8: owner: expected`);
    expect(String(error)).toContain(`${dir}/dev/a.yaml:2:9: region: expected`);
  });
});

const HINT = "its target is outside this folder: replace it by a copy";

describe("what does not belong in a stack's folder is named", () => {
  it.each([
    ["acme.yml", "dev/acme.yml:1:1: expected a name that ends in .yaml (did you mean acme.yaml?)"],
    ["acme.YAML", "dev/acme.YAML:1:1: expected a name that ends in .yaml (did you mean acme.yaml?)"],
    ["acme.json", "dev/acme.json:1:1: expected a name that ends in .yaml (did you mean acme.yaml?)"],
    [
      "acme.yaml.bak",
      "dev/acme.yaml.bak:1:1: expected a name that ends in .yaml (only tenant files belong in this folder)",
    ],
    [
      "Acme.yaml",
      "dev/Acme.yaml:1:1: the file's name is the tenant's id: expected 1 to 39 characters a-z, 0-9 and single dashes, starting with a letter (did you mean acme.yaml?)",
    ],
  ])("a file %s", (name, fault) => {
    write(name);
    expect(faults()).toEqual([fault]);
  });

  it("a folder", () => {
    mkdirSync(join(dir, "dev", "acme.yaml"));
    expect(faults()).toEqual(["dev/acme.yaml:1:1: expected tenant files only, found a folder"]);
  });

  it("a link, wherever it leads: a reviewer of the file it leads to would not see this one", () => {
    mkdirSync(join(dir, "prod"));
    writeFileSync(join(dir, "prod", "a.yaml"), "owner: a@b.example\n");
    write("z.yaml");
    symlinkSync("../prod/a.yaml", join(dir, "dev", "a.yaml"));
    symlinkSync("nowhere", join(dir, "dev", "b.yaml"));
    symlinkSync("z.yaml", join(dir, "dev", "c.yaml"));
    symlinkSync(".", join(dir, "dev", "d.yaml"));
    const message = `expected a file or a folder of its own, found a link (${HINT})`;
    expect(faults()).toEqual(["a", "b", "c", "d"].map((id) => `dev/${id}.yaml:1:1: ${message}`));
  });

  it("a link in place of the folder, and in place of the plans", () => {
    const message = `expected a file or a folder of its own, found a link (${HINT})`;
    symlinkSync("dev", join(dir, "prod"));
    expect(String(thrownBy(() => loadFleet(dir, "prod")))).toContain(`prod:1:1: ${message}`);
    renameSync(join(dir, "plans.yaml"), join(dir, "other.yaml"));
    symlinkSync("other.yaml", join(dir, "plans.yaml"));
    expect(faults()).toEqual([`plans.yaml:1:1: ${message}`]);
  });

  it("a pipe, which is not waited for", () => {
    execFileSync("mkfifo", [join(dir, "dev", "b.yaml")]);
    expect(faults()).toEqual(["dev/b.yaml:1:1: expected a regular file"]);
  });

  it("two files whose names differ by case", () => {
    write("acme.yaml");
    write("ACME.yaml");
    expect(faults()).toContain("dev/acme.yaml:1:1: differs only by case from ACME.yaml");
  });

  it("a huge file, unread", () => {
    write("a.yaml", new Uint8Array(5_000_000));
    expect(faults()).toEqual(["dev/a.yaml:1:1: expected at most 65536 characters"]);
  });

  it.each([
    ["UTF-16", Buffer.from("\uFEFFowner: a@b.example\n", "utf16le")],
    ["Latin-1", Buffer.from("owner: a@b.example # Zürich\n", "latin1")],
  ])("a file in %s", (_, content) => {
    write("a.yaml", content);
    expect(faults()).toEqual(["dev/a.yaml:1:1: expected UTF-8 text (save the file in the encoding UTF-8)"]);
  });

  it("no plans file", () => {
    rmSync(join(dir, "plans.yaml"));
    write("a.yaml", "owner: x\n");
    expect(faults().map((fault) => fault.slice(0, 45))).toEqual([
      "dev/a.yaml:1:8: owner: expected the e-mail ad",
      "plans.yaml:1:1: there is no such file",
    ]);
  });
});

describe("a stack without a folder", () => {
  it.each(["prod", "../dev", "..", "dev/../dev", "", "a\0b"])("is an error of its own: %j", (stack) => {
    expect(
      TenantryError.is(
        thrownBy(() => loadFleet(dir, stack)),
        tenantErrors.TENANT_FOLDER_MISSING,
      ),
    ).toBe(true);
  });

  it("gets the stack proposed that was meant", () => {
    expect(String(thrownBy(() => loadFleet(dir, "dve")))).toContain("Did you mean the stack dev?");
  });
});
