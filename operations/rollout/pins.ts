import { join } from "node:path";

import { valueAt } from "../../rollouts/change.ts";
import type { Member, RolloutRecord } from "../../rollouts/record.ts";
import { writeWhole } from "../../stack/whole-file.ts";
import type { Subject } from "../../rollouts/subject.ts";
import { refuseInvalid } from "../../tenants/edits/edit-tenant-file.ts";
import { withSettings } from "../../tenants/edits/setting-text.ts";

/** The new content of a tenant's file. */
export interface FileChange {
  readonly path: string;
  readonly text: string;
}

/** What a tenant's file says itself of what a rollout changes. Pure. */
export function beforeOf({ own }: Subject, change: RolloutRecord["change"]): Member["before"] {
  return change.flatMap(({ path }) => {
    const value = valueAt(own, path);
    return value === undefined ? [] : [{ path, value }];
  });
}

/** The file with the new values written into it. Pure. */
export function pinned({ path, text }: Subject, change: RolloutRecord["change"]): FileChange {
  return { path, text: withSettings(text, change) };
}

/** The previous content of the file. Pure. */
export function unpinned(
  { path, text }: Subject,
  change: RolloutRecord["change"],
  before: Member["before"],
): FileChange {
  const had = (wanted: readonly string[]) => before.find((each) => each.path.join(".") === wanted.join("."))?.value;
  return {
    path,
    text: withSettings(
      text,
      change.map((each) => ({ path: each.path, value: had(each.path) })),
    ),
  };
}

/**
 * Writes the files, each in one step, and only when every one is valid: throws TENANT_FILES_INVALID before anything is
 * written. Those that say it already are left as they are. Gives the paths it wrote.
 *
 * @param first is done when all are valid, and before the first is written
 */
export function writeChanges(
  projectDir: string,
  changes: readonly FileChange[],
  subjects: readonly Subject[],
  first: () => void = () => undefined,
): string[] {
  const texts = new Map(subjects.map(({ path, text }) => [path, text]));
  const needed = changes.filter(({ path, text }) => texts.get(path) !== text);
  for (const { path, text } of needed) refuseInvalid(projectDir, text, path);
  first();
  for (const { path, text } of needed) writeWhole(path, text);
  return needed.map(({ path }) => path);
}

/** Where the plans are. */
export function plansPath(projectDir: string): string {
  return join(projectDir, "tenants", "plans.yaml");
}
