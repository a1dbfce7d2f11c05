import { readFileSync } from "node:fs";
import { join, relative } from "node:path";

import { parse } from "yaml";

import { writeWhole } from "../stack/whole-file.ts";
import type { FileFault } from "../tenants/fault.ts";
import { refuseFaults } from "./errors.ts";
import { recordFolder, yamlIn } from "./folder.ts";
import { parseRecord, recordText, type RolloutRecord } from "./record.ts";

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
