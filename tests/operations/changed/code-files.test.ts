import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

import { afterAll, describe, expect, it } from "@jest/globals";

import { codeFiles, codeVersion, stampOf } from "../../../operations/changed/code-files.ts";
import { isPlain, isPlainProgram } from "../../../operations/changed/plain-program.ts";
import { importsOf } from "../../../tools/import-graph.ts";

const ROOT = join(import.meta.dirname, "../../..");
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A project of its own, with a program and a room. */
function project(): string {
  const dir = mkdtempSync(join(tmpdir(), "tenantry-code-"));
  folders.push(dir);
  cpSync(join(ROOT, "index.ts"), join(dir, "index.ts"));
  mkdirSync(join(dir, "components/deep"), { recursive: true });
  writeFileSync(join(dir, "components/deep/machine.ts"), "export const memory = 256;\n");
  writeFileSync(join(dir, "package-lock.json"), "{}\n");
  mkdirSync(join(dir, "tenants/local"), { recursive: true });
  writeFileSync(join(dir, "tenants/local/acme.yaml"), "owner: team@example.com\n");
  return dir;
}

describe("the version of the code that makes tenants", () => {
  it("covers every file that the program and the provider load", () => {
    const arrows = Map.groupBy(importsOf(ROOT), ({ from }) => from);
    const loaded = new Set<string>();
    const load = (file: string) => {
      if (loaded.has(file)) return;
      loaded.add(file);
      for (const { to } of arrows.get(file) ?? []) load(to);
    };
    for (const start of ["index.ts", "provider/main.ts"]) load(start);
    const covered = new Set(codeFiles(ROOT).map((file) => relative(ROOT, file)));
    expect(loaded.size).toBeGreaterThan(100);
    expect([...loaded].filter((file) => !covered.has(file))).toEqual([]);
    const others = ["package-lock.json", "Pulumi.yaml", "tools/pulumi/go.mod", "provider/pulumi-resource-tenantry"];
    expect(others.filter((file) => !covered.has(file))).toEqual([]);
  });

  it("is another with every change to the program, what it is made of, and the lock file", () => {
    const dir = project();
    const versions = [codeVersion(dir)];
    for (const file of ["index.ts", "components/deep/machine.ts", "package-lock.json"]) {
      appendFileSync(join(dir, file), "\n");
      versions.push(codeVersion(dir));
    }
    writeFileSync(join(dir, "components/new.ts"), "");
    versions.push(codeVersion(dir));
    expect(new Set(versions).size).toBe(versions.length);
  });

  it("is another also when a file that was read long ago gets other content of the same length and date", () => {
    const dir = project();
    const file = join(dir, "components/deep/machine.ts");
    const asRead = new Date(Date.now() - 60_000);
    utimesSync(file, asRead, asRead);
    const versions = ["256", "512"].map((memory) => {
      writeFileSync(file, `export const memory = ${memory};\n`);
      utimesSync(file, asRead, asRead);
      return codeVersion(dir);
    });
    expect(versions[0]).not.toBe(versions[1]);
  });

  it("is the same whatever tenants there are, and wherever a room is borrowed from", () => {
    const dir = project();
    const before = codeVersion(dir);
    appendFileSync(join(dir, "tenants/local/acme.yaml"), "# of no matter\n");
    writeFileSync(join(dir, "Pulumi.local.yaml"), "config: {}\n");
    // As `plan --out plan.json --markdown plan.md` leaves them.
    for (const name of ["plan.json", "plan.md"]) writeFileSync(join(dir, name), "{}\n");
    expect(codeVersion(dir)).toBe(before);
    const borrowed = project();
    rmSync(join(borrowed, "components"), { recursive: true });
    symlinkSync(join(dir, "components"), join(borrowed, "components"));
    const linked = codeVersion(borrowed);
    appendFileSync(join(dir, "components/deep/machine.ts"), "\n");
    expect(codeVersion(borrowed)).not.toBe(linked);
  });

  it("has a stamp that tells whether anybody wrote to a file in between, even if it is as it was", () => {
    const file = join(project(), "tenants/local/acme.yaml");
    const before = stampOf([file]);
    expect(stampOf([file])).toBe(before);
    writeFileSync(file, "owner: team@example.com\n");
    utimesSync(file, 1, 1);
    expect(stampOf([file])).not.toBe(before);
  });
});

describe("a program", () => {
  it("is plain when it is tenantFleet() and nothing else", () => {
    expect(isPlainProgram(ROOT)).toBe(true);
    const from = 'import { tenantFleet } from "@acme/tenantry/components/fleet.ts";\n';
    expect(isPlain(`${from}\n// ours\nexport const fleet = await tenantFleet();\n`)).toBe(true);
  });

  it.each([
    'import { tenantFleet } from "./f.ts";\nexport const fleet = await tenantFleet({ eachTenant: () => {} });\n',
    'import { tenantFleet } from "./f.ts";\nimport "./more.ts";\nexport const fleet = await tenantFleet();\n',
    'import { tenantFleet } from "./f.ts";\nexport const fleet = await tenantFleet();\nnew Alarm("x");\n',
    "",
  ])("is not with anything of a project's own: %j", (text) => {
    expect(isPlain(text)).toBe(false);
  });

  it("is not where there is none", () => {
    expect(isPlainProgram(tmpdir())).toBe(false);
  });
});
