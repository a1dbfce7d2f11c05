import { readFileSync } from "node:fs";
import { join, relative } from "node:path";

import { TenantryError } from "../errors/tenantry-error.ts";
import { closestTo } from "../tenants/yaml/suggest.ts";
import { refuseFaults, rolloutFileErrors } from "./errors.ts";
import { FOLDER, yamlIn } from "./folder.ts";
import { parseRollout } from "./parse-rollout.ts";
import type { Rollout } from "./rollout.ts";

/** Every rollout of a project, by name. Throws ROLLOUT_FILES_INVALID with every fault of every file. */
export function allRollouts(projectDir: string): readonly Rollout[] {
  const read = yamlIn(join(projectDir, FOLDER)).map((name) => readRollout(projectDir, name));
  refuseFaults(read.flatMap((each) => (each.ok ? [] : each.faults)));
  return read.flatMap((each) => (each.ok ? [each.value] : []));
}

/** One rollout. Throws NO_SUCH_ROLLOUT, ROLLOUT_FILES_INVALID. */
export function rolloutNamed(projectDir: string, name: string): Rollout {
  const names = yamlIn(join(projectDir, FOLDER)).map((file) => file.replace(/\.yaml$/, ""));
  if (!names.includes(name)) {
    const meant = closestTo(name, names);
    const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
    throw new TenantryError(rolloutFileErrors.NO_SUCH_ROLLOUT, `there is no ${FOLDER}/${name}.yaml${hint}`);
  }
  const read = readRollout(projectDir, `${name}.yaml`);
  if (!read.ok) refuseFaults(read.faults);
  return (read as { readonly value: Rollout }).value;
}

function readRollout(projectDir: string, name: string) {
  const path = join(projectDir, FOLDER, name);
  return parseRollout(readFileSync(path, "utf8"), shown(path));
}

function shown(path: string): string {
  return relative(process.cwd(), path);
}
