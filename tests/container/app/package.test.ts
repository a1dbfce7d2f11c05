import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

const projectDir = join(import.meta.dirname, "../../..");
const jsonIn = (path: string) => JSON.parse(readFileSync(join(projectDir, path), "utf8")) as unknown;

describe("the reference app's packages", () => {
  it("are asked for in the versions the tests run with", () => {
    const dependenciesOf = (path: string) => (jsonIn(path) as { dependencies: Record<string, string> }).dependencies;
    const tested = dependenciesOf("package.json");
    const asked = dependenciesOf("container/app/package.json");
    expect(asked).toEqual(Object.fromEntries(Object.keys(asked).map((name) => [name, tested[name]])));
  });

  it("are locked, with all they need, in those versions too", () => {
    const lockedIn = (path: string) => {
      const { packages } = jsonIn(path) as { packages: Record<string, { version: string }> };
      return (
        Object.entries(packages)
          // Packages of types alone never run.
          .filter(([name]) => name !== "" && !/node_modules\/(?:@types\/|undici-types$)/.test(name))
          .map(([name, { version }]) => [name, version])
      );
    };
    const tested = new Map(lockedIn("package-lock.json") as [string, string][]);
    const locked = lockedIn("container/app/package-lock.json");
    expect(locked).toEqual(locked.map(([name = ""]) => [name, tested.get(name)]));
  });
});
