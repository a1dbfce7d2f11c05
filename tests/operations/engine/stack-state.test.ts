import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, it } from "@jest/globals";

import { stackState, storedResources } from "../../../operations/engine/stack-state.ts";
import { openStack } from "../../../stack/context.ts";
import { scratchProject, type ScratchProject } from "../../support/scratch-project.ts";

let home: string;
let project: ScratchProject;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "tenantry-home-"));
  project = scratchProject(home);
});

afterAll(() => {
  project.dispose();
  rmSync(home, { recursive: true, force: true });
});

it("is not made in a home where Pulumi has never run, and Pulumi is not started to say so", async () => {
  // Nothing could be started.
  process.env["PATH"] = home;
  const context = { ...openStack("local", project.dir), home };
  const refused = /^STACK_NOT_MADE: .*\n {2}next: `npx tenantry up --stack local` creates it/;
  await expect(stackState(context)).rejects.toThrow(refused);
  await expect(storedResources(context, { secrets: true })).rejects.toThrow(refused);
});
