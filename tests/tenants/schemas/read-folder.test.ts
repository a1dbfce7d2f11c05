import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { TenantFilesInvalid } from "../../../tenants/errors.ts";
import { formatFault } from "../../../tenants/fault.ts";
import { loadFleet } from "../../../tenants/load-fleet.ts";

let project = "";
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "schemas-"));
  write(
    "tenants/plans.yaml",
    'standard: { machine: { image: "a:1" }, database: { schema: { from: migrations/notes, version: 1 } } }\n',
  );
  write("tenants/dev/acme.yaml", "owner: a@b.example\n");
  write("migrations/notes/0001_notes.sql", "CREATE TABLE notes (id INTEGER);\n");
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), text);
}

function faults(): string[] {
  try {
    loadFleet(join(project, "tenants"), "dev");
    return [];
  } catch (error) {
    if (!(error instanceof TenantFilesInvalid)) throw error;
    return error.faults.map((fault) => formatFault(fault).replaceAll(`${project}/`, ""));
  }
}

describe("the schema that a tenant file declares", () => {
  it("is read where its folder is sound, with a README and hidden files beside it", () => {
    write("migrations/notes/README.md", "What these are.\n");
    write("migrations/notes/.gitkeep", "");
    expect(faults()).toEqual([]);
    const [acme] = loadFleet(join(project, "tenants"), "dev").tenants;
    expect(acme?.database).toMatchObject({ schema: { from: "migrations/notes", version: 1, order: "schema-first" } });
  });

  it("is refused in its own place where the folder has no such version", () => {
    write("tenants/dev/acme.yaml", "owner: a@b.example\ndatabase:\n  schema:\n    version: 3\n");
    expect(faults()).toEqual([
      "tenants/dev/acme.yaml:4:14: database.schema.version: expected at most 1: migrations/notes has no migration 3",
    ]);
  });

  it("is refused once for all tenants where the folder itself is wrong", () => {
    write("tenants/dev/globex.yaml", "owner: a@b.example\n");
    write("migrations/notes/0002_big.sql", `SELECT '${"x".repeat(1_000_000)}'`);
    write("migrations/notes/0003_bytes.sql", "SELECT 1");
    writeFileSync(join(project, "migrations/notes/0003_bytes.sql"), Buffer.from([0xff, 0xfe, 0x00]));
    mkdirSync(join(project, "migrations/notes/more"));
    expect(faults()).toEqual([
      "migrations/notes/0002_big.sql:1:1: expected at most 1 MB",
      "migrations/notes/0003_bytes.sql:1:1: expected UTF-8 text",
      "migrations/notes/more:1:1: expected SQL files only",
    ]);
  });

  it.each([
    "../secrets",
    "/etc",
    "migrations/../..",
    "./migrations",
    "migrations//notes",
    "migrations/",
    "a b",
    "C:\\x",
  ])("never leads out of the project: %j", (from) => {
    write("tenants/dev/acme.yaml", `owner: a@b.example\ndatabase: { schema: { from: ${JSON.stringify(from)} } }\n`);
    expect(faults()).toEqual([expect.stringContaining("expected a folder of the project, such as migrations/notes")]);
  });

  it.each([
    ["a link on the way", "migrations", "expected a folder of the project's own, found a link"],
    ["a link itself", "migrations/notes", "expected a folder of the project's own, found a link"],
  ])("is not read through %s", (_, path, expected) => {
    rmSync(join(project, path), { recursive: true });
    const elsewhere = join(project, "elsewhere/notes");
    write("elsewhere/notes/0001_notes.sql", "SELECT 1");
    symlinkSync(path === "migrations" ? dirname(elsewhere) : elsewhere, join(project, path));
    expect(faults()).toEqual([`migrations/notes:1:1: ${expected}`]);
  });

  it("is not read from a link to a file, nor where there is nothing", () => {
    rmSync(join(project, "migrations/notes/0001_notes.sql"));
    write("elsewhere.sql", "SELECT 1");
    symlinkSync(join(project, "elsewhere.sql"), join(project, "migrations/notes/0001_notes.sql"));
    expect(faults()).toEqual(["migrations/notes/0001_notes.sql:1:1: expected SQL files only"]);
    rmSync(join(project, "migrations"), { recursive: true });
    expect(faults()).toEqual(["migrations/notes:1:1: there is no such folder in the project"]);
  });

  it("needs folder and version, from the file or its plan, and a database", () => {
    write("tenants/plans.yaml", 'standard: { machine: { image: "a:1" } }\n');
    const faultsOf = (database: string) => {
      write("tenants/dev/acme.yaml", `owner: a@b.example\ndatabase: ${database}\n`);
      return faults().map((fault) => fault.replace(/^\S+ /, ""));
    };
    expect(faultsOf("{ schema: { version: 1 } }")).toEqual([
      "database.schema.from: expected database.schema.from or database.schema.command here or in the plan: the other one is set",
    ]);
    expect(faultsOf("{ schema: { check: { command: [x] } } }")).toEqual([
      "database.schema.from: expected database.schema.from or database.schema.command here or in the plan: the other one is set",
    ]);
    expect(faultsOf("{ schema: { from: migrations/notes } }")).toEqual([
      "database.schema.version: expected database.schema.version here or in the plan: the other one is set",
    ]);
    expect(faultsOf("{ schema: { command: [node, migrate.mjs] } }")).toEqual([
      "database.schema.version: expected database.schema.version here or in the plan: the other one is set",
    ]);
    expect(faultsOf("{ schema: { command: [node, migrate.mjs], version: 7 } }")).toEqual([]);
    expect(faultsOf("{ schema: { command: [], version: 7 } }")).toEqual([
      "database.schema.command: expected at least one word",
    ]);
    expect(faultsOf("{ schema: { command: [sh, -c, 'TOKEN=eyJhbGciOi.x migrate'], version: 7 } }")).toEqual([
      expect.stringMatching(/^database\.schema\.command: looks like a secret: /),
    ]);
    expect(faultsOf("{ schema: { from: migrations/notes, command: [x], version: 1 } }")).toEqual([
      "database.schema.command: expected either database.schema.from or database.schema.command, here and in the plan together",
    ]);
    expect(faultsOf("{ schema: { from: migrations/notes, version: 1, mayShrink: [notes] } }")).toEqual([
      "database.schema.mayShrink: applies only with database.schema.command: of SQL files the statements say it",
    ]);
    expect(faultsOf("{ engine: none, schema: { from: migrations/notes, version: 1 } }")).toEqual([
      "database.schema: applies only when database.engine is turso; here it is none",
    ]);
  });
});
