import { readFileSync } from "node:fs";
import { join } from "node:path";

import { writeInside } from "../../output/written-file.ts";
import { openStack, type StackContext } from "../../stack/context.ts";
import type { StackGroup } from "../../stack/stack-group.ts";
import { nextStackName } from "./placement.ts";

/**
 * Writes the files of a group's next stack: the settings of the group's first, byte for byte, with the way its secrets are
 * encrypted, and a folder for its tenants. Never writes over a file.
 */
export function writeNextStack({ name, stacks }: StackGroup): StackContext {
  const [first] = stacks;
  if (first === undefined) throw new Error("a group has a stack");
  const { projectDir } = first;
  const next = nextStackName(
    name,
    stacks.map(({ stack }) => stack),
  );
  const settings = readFileSync(join(projectDir, `Pulumi.${first.stack}.yaml`), "utf8");
  writeInside(projectDir, ["tenants", next, ".gitkeep"], "", "w");
  // Last: only with its settings is it a stack.
  writeInside(projectDir, [`Pulumi.${next}.yaml`], settings, "wx");
  return openStack(next, projectDir);
}
