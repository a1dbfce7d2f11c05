import { availableParallelism } from "node:os";

import { Option } from "commander";

import { changedPaths } from "../operations/review/changed-paths.ts";
import { touchedStacks } from "../operations/review/touched-stacks.ts";
import { TenantryError } from "../errors/tenantry-error.ts";
import { findProject } from "../stack/context.ts";
import { stackErrors } from "../stack/errors.ts";
import { groupsIn, openStackGroup, type StackGroup, stacksIn } from "../stack/stack-group.ts";
import { positive } from "./options.ts";

/** The options of all verbs of `fleet` that work on stacks. */
export interface FleetOptions {
  readonly stackGroup?: string;
  readonly base?: string;
  readonly workers: number;
  readonly json?: boolean;
}

/** The group a verb works on. */
export function groupOption(): Option {
  return new Option("-g, --stack-group <group>", "the group of stacks; default: the only one of the project");
}

/** Limits a verb to what a branch touches. */
export function baseOption(): Option {
  return new Option("--base <ref>", "only the stacks that this branch changed since it left <ref>");
}

/** How many stacks are worked on at the same time. */
export function workersOption(): Option {
  return new Option("--workers <count>", "number of stacks at a time")
    .argParser(positive)
    .default(availableParallelism(), "one per core");
}

/** The group that was named, or the only one. Throws NO_STACK_GROUP, STACK_GROUP_DIFFERS. */
export function chosenGroup({ stackGroup }: Pick<FleetOptions, "stackGroup">): StackGroup {
  const projectDir = findProject(process.cwd());
  if (stackGroup !== undefined) return openStackGroup(stackGroup, projectDir);
  const [only, ...others] = groupsIn(projectDir);
  if (only !== undefined && others.length === 0) return openStackGroup(only, projectDir);
  const found = only === undefined ? "no stack is part of one" : `there are ${[only, ...others].join(", ")}`;
  throw new TenantryError(stackErrors.NO_STACK_GROUP, `which group? ${found}`);
}

/** The names of the group's stacks; with `base` of those that a branch touches. Throws BASE_UNKNOWN. */
export function chosenStacks({ stacks }: StackGroup, { base }: Pick<FleetOptions, "base">): string[] {
  const names = stacks.map(({ stack }) => stack);
  const [first] = stacks;
  if (base === undefined || first === undefined) return names;
  const touched = stacksTouchedSince(base, first.projectDir);
  return names.filter((name) => touched.includes(name));
}

/** Of all stacks of the project: what another stack's tenants are is no change of these. Throws BASE_UNKNOWN. */
export function stacksTouchedSince(base: string, projectDir: string): string[] {
  return touchedStacks(changedPaths(projectDir, base), stacksIn(projectDir));
}
