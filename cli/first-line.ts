import { existsSync } from "node:fs";
import { join } from "node:path";

/** Verbs that ask the vendors of their stack. */
export const ASKING: ReadonlySet<string> = new Set([
  ...["plan", "up", "drift", "rotate", "status", "logs", "exec", "report", "demo"],
  ...["pull", "push", "live", "mount", "env"],
]);

/**
 * Before such a verb does anything: ends it in one line when the stack's embedded cloud does not run (CLOUD_NOT_UP), and
 * says which of its engines are not there or have just been started again. A stack that is not there is the verb's own
 * business, and so are the stacks of `plan --base`.
 */
export async function lookAtCloud(
  verb: string,
  { stack, base }: { readonly stack?: string; readonly base?: string },
): Promise<void> {
  if (!ASKING.has(verb) || stack === undefined || base !== undefined) return;
  // Not loaded by the verbs that ask nothing, and by `--help`: it is half of what they would load.
  const [{ cloudFindings }, { note }, { findProject, openStack }] = await Promise.all([
    import("../operations/engine/embedded-cloud.ts"),
    import("../output/terminal.ts"),
    import("../stack/context.ts"),
  ]);
  if (!existsSync(join(findProject(process.cwd()), `Pulumi.${stack}.yaml`))) return;
  const { absent, restarted } = await cloudFindings(openStack(stack), new Date());
  for (const line of [...absent, ...restarted]) note(`embedded cloud: ${line}`);
}
