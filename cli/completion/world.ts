import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

import type { World } from "./candidates.ts";

/** The stacks and tenants of the project around `from`, by the names of their files. Empty outside a project. */
export function projectWorld(from: string, env: Readonly<Record<string, string | undefined>>): World {
  const project = projectAround(from);
  return {
    stack: env["TENANTRY_STACK"] ?? "local",
    stacks: () => (project === undefined ? [] : named(project, /^Pulumi\.(.+)\.yaml$/)),
    tenants: (stack) =>
      project === undefined || !/^[\w-]+$/.test(stack) ? [] : named(join(project, "tenants", stack), /^(.+)\.ya?ml$/),
  };
}

function projectAround(folder: string): string | undefined {
  if (existsSync(join(folder, "Pulumi.yaml"))) return folder;
  return dirname(folder) === folder ? undefined : projectAround(dirname(folder));
}

function named(folder: string, pattern: RegExp): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((file) => pattern.exec(file)?.[1] ?? [])
    .sort();
}
