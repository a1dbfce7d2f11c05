import { execFileSync } from "node:child_process";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { reviewErrors } from "./errors.ts";

/**
 * Every path below `projectDir` that differs from where this branch left `base`: committed, not yet committed, and new.
 * Throws BASE_UNKNOWN.
 */
export function changedPaths(projectDir: string, base: string): string[] {
  const git = (...args: string[]) => {
    try {
      const text = execFileSync("git", args, {
        cwd: projectDir,
        env: gitEnvironment(process.env),
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      });
      return text.split("\0").filter((path) => path !== "");
    } catch (cause) {
      const words = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : "git is not there";
      throw new TenantryError(reviewErrors.BASE_UNKNOWN, `${base}: ${words}`, { cause });
    }
  };
  // Only the project's own .gitignore counts for new files: what somebody ignores in all repositories may be a stack's name.
  // A renamed file touches the place it left and the one it came to.
  const tracked = git(
    "diff",
    "--name-only",
    "-z",
    "--no-renames",
    "--relative",
    "--merge-base",
    "--end-of-options",
    base,
    "--",
  );
  return [...tracked, ...git("ls-files", "--others", "--exclude-per-directory=.gitignore", "-z")];
}

/** Without the variables that point git at another repository, as in the environment of a hook. */
function gitEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^GIT_(?:DIR|WORK_TREE|PREFIX|NAMESPACE)$/.test(name)),
  );
}
