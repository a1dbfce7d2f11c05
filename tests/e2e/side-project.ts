import { mkdirSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { TestCloud } from "../support/cloud.ts";
import { discard } from "../support/evidence.ts";
import { scratchProject, type ScratchProject } from "../support/scratch-project.ts";
import { endProcessesOf } from "./processes.ts";

/** A project of its own home, so with a state of its own, on a cloud that other projects use too. */
export interface SideProject extends ScratchProject {
  readonly home: string;
}

export function sideProject(
  cloud: TestCloud,
  settings: Readonly<Record<string, string>>,
  how: { verbs?: "cold" | "warm" } = {},
): SideProject {
  const home = mkdtempSync(join(tmpdir(), "tenantry-side-"));
  mkdirSync(join(home, "cloud"), { mode: 0o700 });
  symlinkSync(join(cloud.home, "cloud", "cloud.json"), join(home, "cloud", "cloud.json"));
  const project = scratchProject(home, how);
  project.settings(settings);
  return {
    ...project,
    home,
    dispose() {
      endProcessesOf(home);
      project.dispose();
      discard(home);
    },
  };
}
