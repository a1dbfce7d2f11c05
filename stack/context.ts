import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { parse } from "yaml";

import { TenantryError } from "../errors/tenantry-error.ts";
import { homeOf } from "./home.ts";
import { parseSettings, type Settings } from "./settings.ts";
import { stackErrors } from "./errors.ts";

/** The project and the stack that a verb works on. */
export interface StackContext {
  /** The folder that holds Pulumi.yaml. */
  readonly projectDir: string;
  /** Where everything lies that is not in git. */
  readonly home: string;
  readonly stack: string;
  readonly settings: Settings;
}

/** The project's folder: the nearest one from `from` upwards that holds a Pulumi.yaml. Throws NO_PROJECT. */
export function findProject(from: string): string {
  if (existsSync(join(from, "Pulumi.yaml"))) return from;
  const parent = dirname(from);
  if (parent === from) throw new TenantryError(stackErrors.NO_PROJECT, "no Pulumi.yaml here or in a folder above");
  return findProject(parent);
}

/** Reads the settings of `stack`. Throws NO_PROJECT, NO_STACK_FILE, STACK_SETTINGS. */
export function openStack(stack: string, from: string = process.cwd()): StackContext {
  const projectDir = findProject(from);
  const file = join(projectDir, `Pulumi.${stack}.yaml`);
  if (!existsSync(file)) throw new TenantryError(stackErrors.NO_STACK_FILE, `there is no ${file}`);
  const { config = {} } = (parse(readFileSync(file, "utf8")) ?? {}) as { config?: Record<string, unknown> };
  const own = Object.entries(config).filter(([key]) => key.startsWith("tenantry:"));
  const values = Object.fromEntries(own.map(([key, value]) => [key.slice("tenantry:".length), value]));
  return { projectDir, home: homeOf(projectDir, process.env), stack, settings: parseSettings(stack, values) };
}
