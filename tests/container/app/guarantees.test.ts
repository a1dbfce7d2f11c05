import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

const projectDir = join(import.meta.dirname, "../../..");
const readme = readFileSync(join(projectDir, "container/app/README.md"), "utf8");
const tests = globSync("tests/container/app/*.test.ts", { cwd: projectDir })
  .filter((file) => !file.endsWith("guarantees.test.ts"))
  .map((file) => readFileSync(join(projectDir, file), "utf8"))
  .join("\n");

describe("the guarantees in the reference app's README", () => {
  const section = /^## Guarantees\n([^]*?)^## /m.exec(readme)?.[1] ?? "";
  const promises = section.split(/^- /m).slice(1);
  const titlesIn = (text: string) =>
    [...text.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => title.replaceAll(/\s+/g, " "));

  it.each(promises.map((promise) => [promise.split("\n")[0] ?? "", promise] as const))(
    "name tests that there are: %s",
    (_, promise) => {
      expect(titlesIn(promise).length).toBeGreaterThan(0);
      expect(titlesIn(promise).filter((title) => !tests.includes(title))).toEqual([]);
    },
  );
});

describe("the variables in the reference app's README", () => {
  it("are all that are read", () => {
    const config = readFileSync(join(projectDir, "container/app/config.ts"), "utf8");
    const read = [...config.matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name = ""]) => name);
    expect(read.length).toBeGreaterThan(10);
    expect(read.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });
});
