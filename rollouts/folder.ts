import { readdirSync } from "node:fs";
import { join } from "node:path";

/** The folder of rollouts in a project. */
export const FOLDER = "rollouts";

/** Where a stack's records lie. */
export function recordFolder(projectDir: string, stack: string): string {
  return join(projectDir, FOLDER, stack);
}

/** Whether any rollout was ever begun in this stack. Reads no file, and loads nothing of what reads one. */
export function hasRecords(projectDir: string, stack: string): boolean {
  return yamlIn(recordFolder(projectDir, stack)).length > 0;
}

/** Whether a project has a rollout, or a record of one in this stack. The same. */
export function hasRollouts(projectDir: string, stack: string): boolean {
  return yamlIn(join(projectDir, FOLDER)).length > 0 || hasRecords(projectDir, stack);
}

/** The names of the YAML files, sorted; nothing where there is no such folder. */
export function yamlIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .flatMap((entry) => (entry.isFile() && entry.name.endsWith(".yaml") ? [entry.name] : []))
      .sort();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw cause;
  }
}
