import { readFileSync } from "node:fs";
import { join, relative } from "node:path";

import { parse } from "yaml";

import { TenantryError } from "../errors/tenantry-error.ts";
import { writeWhole } from "../stack/whole-file.ts";
import type { FileFault } from "../tenants/fault.ts";
import { closestTo } from "../tenants/yaml/suggest.ts";
import { refuseFaults, rolloutFileErrors } from "./errors.ts";
import { FOLDER, recordFolder, yamlIn } from "./folder.ts";
import { parseRollout } from "./parse-rollout.ts";
import { parseRecord, recordText, type RolloutRecord } from "./record.ts";
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

/** How far rollouts have come in a stack. Throws ROLLOUT_FILES_INVALID when a record is damaged: what it said is in git. */
export function recordsOf(projectDir: string, stack: string): readonly RolloutRecord[] {
  const folder = recordFolder(projectDir, stack);
  const read = yamlIn(folder).map((name) => ({ name, record: parseRecord(dataOf(join(folder, name))) }));
  refuseFaults(read.flatMap(({ name, record }) => (record === undefined ? [damaged(join(folder, name))] : [])));
  return read.flatMap(({ record }) => record ?? []);
}

/** Undefined: the rollout was not begun in this stack. */
export function recordOf(projectDir: string, stack: string, name: string): RolloutRecord | undefined {
  return recordsOf(projectDir, stack).find(({ rollout }) => rollout === name);
}

/** Writes the record in one step: whoever reads it meanwhile has the one before or this one. Throws NO_SPACE, NOT_WRITABLE. */
export function writeRecord(projectDir: string, record: RolloutRecord): void {
  writeWhole(join(recordFolder(projectDir, record.stack), `${record.rollout}.yaml`), recordText(record));
}

function readRollout(projectDir: string, name: string) {
  const path = join(projectDir, FOLDER, name);
  return parseRollout(readFileSync(path, "utf8"), shown(path));
}

/** Undefined for what is no YAML, as for what is no record. A record of many tenants is longer than a tenant file may be. */
function dataOf(path: string): unknown {
  try {
    return parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

function damaged(path: string): FileFault {
  const message = "expected a record that `tenantry rollout` has written";
  return { file: shown(path), line: 1, column: 1, path: "", code: "file", message };
}

function shown(path: string): string {
  return relative(process.cwd(), path);
}
