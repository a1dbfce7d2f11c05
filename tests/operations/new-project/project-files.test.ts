import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";

import { projectFiles } from "../../../operations/new-project/project-files.ts";
import { PROJECT_WORKFLOWS } from "../../../operations/new-project/workflows.ts";
import { rolloutFile } from "../../../rollouts/rollout-file.ts";

const ROOT = join(import.meta.dirname, "../../..");
const own = (path: string) => readFileSync(join(ROOT, path), "utf8");
const files = projectFiles({
  name: "our-tenants",
  owner: "ops@example.com",
  fleetIds: { local: "a".repeat(32), dev: "b".repeat(32) },
  versions: { tenantry: "1.2.3", pulumi: "3.0.0", sqld: "0.1.0" },
  own: {
    plans: own("tenants/plans.yaml"),
    tenantSchema: own("tenants/tenant.schema.json"),
    rolloutSchema: own("rollouts/rollout.schema.json"),
    action: own(".github/actions/tools/action.yml"),
    workflows: Object.fromEntries(PROJECT_WORKFLOWS.map((file) => [file, own(`.github/workflows/${file}`)])),
  },
});
const textOf = (path: string) => files[path] ?? "";

describe("the files of a new project", () => {
  it("have every workflow that works on a stack", () => {
    const all = readdirSync(join(ROOT, ".github/workflows"));
    const onStacks = all.filter((file) =>
      /npx tenantry (?:.*"\$STACK"|fleet matrix)/.test(own(`.github/workflows/${file}`)),
    );
    expect([...PROJECT_WORKFLOWS].sort()).toEqual(onStacks.sort());
  });

  it("run no script that only this repository has", () => {
    const workflows = Object.entries(files).filter(([path]) => path.startsWith(".github/"));
    expect(workflows).toHaveLength(PROJECT_WORKFLOWS.length + 1);
    for (const [path, text] of workflows) {
      expect([path, /(?<!tenantry\/)\.github\/scripts|tools\/install\.sh|\.ts\b/.exec(text)]).toEqual([path, null]);
      expect(parse(text)).toHaveProperty("name");
    }
  });

  it("name the versions they begin with, and give each stack an id of its own", () => {
    expect(JSON.parse(textOf("package.json"))).toMatchObject({
      type: "module",
      dependencies: { "@tenantry/tenantry": "1.2.3", "@pulumi/pulumi": "3.0.0" },
      devDependencies: { sqld: "0.1.0" },
    });
    expect(parse(textOf("Pulumi.local.yaml"))).toMatchObject({ config: { "tenantry:fleetId": "a".repeat(32) } });
    expect(parse(textOf("Pulumi.dev.yaml"))).toMatchObject({ config: { "tenantry:fleetId": "b".repeat(32) } });
  });

  it("have the editor help of a rollout where its files name it, for every key that one can have", () => {
    const example = /\$schema=(\S+)/.exec(own("docs/rollouts.md"))?.[1] ?? "";
    const schema = JSON.parse(textOf(join("rollouts", example))) as {
      properties: object;
      additionalProperties: boolean;
    };
    expect(schema.additionalProperties).toBe(false);
    expect(Object.keys(schema.properties).sort()).toEqual(Object.keys(rolloutFile.shape).sort());
  });

  it("begin with no policy of their own", () => {
    expect(textOf("policies.ts")).toMatch(/policies: readonly Policy\[\] = \[\];\n$/);
  });
});
