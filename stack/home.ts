import { join, resolve } from "node:path";

/**
 * The project's own folder for everything that is not in git: the embedded cloud's data, the local stack's state, the
 * passphrase. `TENANTRY_HOME` moves it, so that tests and benchmarks have homes of their own.
 * A relative one lies below the project's folder, wherever a verb was called from; an empty one counts as none.
 */
export function homeOf(projectDir: string, env: Readonly<Record<string, string | undefined>>): string {
  const given = env["TENANTRY_HOME"]?.trim() ?? "";
  return given === "" ? join(projectDir, ".tenantry") : resolve(projectDir, given);
}

/** Where the embedded cloud says how to reach it. */
export function descriptorPath(home: string): string {
  return join(home, "cloud", "cloud.json");
}
