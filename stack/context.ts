import { existsSync, lstatSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { parse } from "yaml";
import * as z from "zod";

import { TenantryError } from "../errors/tenantry-error.ts";
import { homeOf } from "./home.ts";
import { parseSettings, type StackSettings } from "./settings.ts";
import { refuseOtherNames } from "./stack-name.ts";
import { stackErrors } from "./errors.ts";

/** The project and the stack that a verb works on. */
export interface StackContext {
  /** The folder that holds Pulumi.yaml. */
  readonly projectDir: string;
  /** The folder for everything that is not in git. */
  readonly home: string;
  readonly stack: string;
  readonly settings: StackSettings;
}

/** The project's folder: the nearest one from `from` upwards that holds a Pulumi.yaml. Throws NO_PROJECT. */
export function findProject(from: string): string {
  if (existsSync(join(from, "Pulumi.yaml"))) return from;
  const parent = dirname(from);
  if (parent === from) throw new TenantryError(stackErrors.NO_PROJECT, "no Pulumi.yaml here or in a folder above");
  return findProject(parent);
}

/** Reads the settings of `stack`. Throws NO_PROJECT, STACK_NAME_INVALID, NO_STACK_FILE, STACK_FILE_IS_LINK, STACK_SETTINGS. */
export function openStack(stack: string, from: string = process.cwd()): StackContext {
  refuseOtherNames(stack);
  const projectDir = findProject(from);
  const file = join(projectDir, `Pulumi.${stack}.yaml`);
  if (!existsSync(file)) throw new TenantryError(stackErrors.NO_STACK_FILE, `there is no ${file}`);
  if (lstatSync(file).isSymbolicLink()) throw new TenantryError(stackErrors.STACK_FILE_IS_LINK, file);
  const config = configIn(file);
  const own = Object.entries(config).filter(([key]) => key.startsWith("tenantry:"));
  const values = Object.fromEntries(own.map(([key, value]) => [key.slice("tenantry:".length), value]));
  return { projectDir, home: homeOf(projectDir, process.env), stack, settings: parseSettings(stack, values) };
}

const settingsFile = z.object({ config: z.record(z.string(), z.unknown()).nullish() }).nullish();

function configIn(file: string): Readonly<Record<string, unknown>> {
  try {
    return settingsFile.parse(parse(readFileSync(file, "utf8")))?.config ?? {};
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : cause instanceof Error ? cause.message : "";
    throw new TenantryError(stackErrors.STACK_SETTINGS, `${file} cannot be read: ${why}`, {
      next: "Correct the file: it is YAML with the settings below `config:`.",
      cause,
    });
  }
}
