import { describe, expect, it } from "@jest/globals";

import { touchedStacks } from "../../../operations/review/touched-stacks.ts";

const STACKS = ["prod", "dev", "local"];
const touched = (...paths: string[]) => touchedStacks(paths, STACKS);

describe("a change touches", () => {
  it("the stack of a tenant file or of a settings file", () => {
    expect(touched("tenants/prod/acme.yaml")).toEqual(["prod"]);
    expect(touched("Pulumi.dev.yaml", "tenants/prod/acme.yaml", "tenants/prod/beta.yaml")).toEqual(["dev", "prod"]);
  });

  it.each([
    "tenants/plans.yaml",
    "tenants/model/tenant.ts",
    "index.ts",
    "components/machine.ts",
    "provider/fly/machine.ts",
    "policies/levels.ts",
    "stack/settings.ts",
    "container/memory.ts",
    "Pulumi.yaml",
    "package-lock.json",
    "something-new/index.ts",
  ])("every stack by %s", (path) => {
    expect(touched(path)).toEqual(["dev", "local", "prod"]);
  });

  it.each(["README.md", "docs/adr/0001.md", "tests/run.ts", ".github/workflows/plan.yml", "cli/plan.ts", ".gitignore"])(
    "no stack by %s",
    (path) => {
      expect(touched(path)).toEqual([]);
    },
  );

  it("no stack by the settings of one that is gone", () => {
    expect(touched("Pulumi.old.yaml")).toEqual([]);
  });
});
