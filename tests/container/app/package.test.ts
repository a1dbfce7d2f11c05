import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

const projectDir = join(import.meta.dirname, "../../..");
const dependenciesOf = (path: string) =>
  (JSON.parse(readFileSync(join(projectDir, path), "utf8")) as { dependencies: Record<string, string> }).dependencies;

describe("the reference app's package.json", () => {
  it("asks for the versions the tests ran with", () => {
    const tested = dependenciesOf("package.json");
    const asked = dependenciesOf("container/app/package.json");
    expect(asked).toEqual(Object.fromEntries(Object.keys(asked).map((name) => [name, tested[name]])));
  });
});
