import { POLICIES } from "../../policies/index.ts";
import { LEVELS } from "../../policies/levels.ts";
import { cell, table } from "./markdown.ts";

/** Every policy with what it demands, and where it is not mandatory. */
export function policyTable(): string {
  const exceptions = (name: string) =>
    [...Object.entries(LEVELS.clouds), ...Object.entries(LEVELS.stacks)]
      .flatMap(([where, levels]) => (levels[name] === undefined ? [] : [`${levels[name]} on ${where}`]))
      .join(", ");
  const rows = POLICIES.map(({ name, demands }) => [
    `[\`${name}\`](../policies/${name}.ts)`,
    cell(demands),
    exceptions(name) || "mandatory",
  ]);
  return table(["policy", "demands", "level"], rows);
}
