import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "@jest/globals";

const ROOT = join(import.meta.dirname, "../..");

/** The packages that package.json names and that Node loads for these files. */
function packagesOf(...files: readonly string[]): string[] {
  const script = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    for (const file of ${JSON.stringify(files)}) await import("./" + file);
    console.log(JSON.stringify(loaded));
  `;
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", script];
  const loaded = JSON.parse(execFileSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" })) as string[];
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    dependencies: Readonly<Record<string, string>>;
  };
  return Object.keys(dependencies).filter((name) => loaded.some((url) => url.includes(`/node_modules/${name}/`)));
}

it("a verb of every day loads no vendor's SDK, no database client and none of what only a rare case needs", () => {
  const verbs = ["validate", "list", "show", "plan", "up", "rotate", "suspend", "resume"];
  expect(packagesOf(...verbs.map((verb) => `cli/${verb}.ts`))).toEqual([
    ...["cli-table3", "commander", "fastest-levenshtein", "yaml", "zod"],
  ]);
});

it("what comes before a verb, and `--help`, load the parser of the command line alone", () => {
  expect(packagesOf("cli/run-verb.ts", "cli/examples.ts")).toEqual(["commander"]);
});
