import { isUtf8 } from "node:buffer";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { FileFault } from "../fault.ts";
import type { SchemaFolder } from "./migration.ts";
import { parseFolder } from "./parse-folder.ts";

/** A folder of migrations, and all that is wrong with it. */
export interface FolderRead {
  readonly folder: SchemaFolder;
  readonly faults: readonly FileFault[];
}

/** Bytes of one file. */
const MOST_BYTES = 1_000_000;

/** Reads folders of a project, each once. What `from` names lies inside of it: the grammar of tenant files sees to that. */
export function schemaFolders(projectDir: string): (from: string) => FolderRead {
  const read = new Map<string, FolderRead>();
  return (from) => {
    const found = read.get(from) ?? readFolder(projectDir, from);
    read.set(from, found);
    return found;
  };
}

function readFolder(projectDir: string, from: string): FolderRead {
  const fail = (file: string, message: string): FolderRead => ({
    folder: { from, migrations: [] },
    faults: [{ file, line: 1, column: 1, path: "", code: "file", message }],
  });
  const problem = folderProblem(projectDir, from);
  if (problem !== undefined) return fail(from, problem);
  const names = readdirSync(join(projectDir, from)).filter((name) => !name.startsWith(".") && name !== "README.md");
  const files: { name: string; text: string }[] = [];
  const faults: FileFault[] = [];
  for (const name of names) {
    const text = textOf(join(projectDir, from, name));
    if ("problem" in text) faults.push(...fail(`${from}/${name}`, text.problem).faults);
    else files.push({ name, ...text });
  }
  const parsed = parseFolder(from, files);
  return { folder: parsed.folder, faults: [...faults, ...parsed.faults] };
}

/** A link in the path could lead out of the project, where no reviewer looks. */
function folderProblem(projectDir: string, from: string): string | undefined {
  const parts = from.split("/");
  for (const [at] of parts.entries()) {
    const status = lstatSync(join(projectDir, ...parts.slice(0, at + 1)), { throwIfNoEntry: false });
    if (status === undefined) return "there is no such folder in the project";
    if (status.isSymbolicLink()) return "expected a folder of the project's own, found a link";
    if (!status.isDirectory()) return "expected a folder";
  }
  return undefined;
}

function textOf(file: string): { readonly text: string } | { readonly problem: string } {
  const status = lstatSync(file);
  if (!status.isFile()) return { problem: "expected SQL files only" };
  if (status.size > MOST_BYTES) return { problem: "expected at most 1 MB" };
  const bytes = readFileSync(file);
  return isUtf8(bytes) ? { text: bytes.toString("utf8") } : { problem: "expected UTF-8 text" };
}
