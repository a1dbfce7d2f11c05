import { join, resolve } from "node:path";

/**
 * The project's own folder for everything that is not in git: the embedded cloud's data, the local stack's state, the
 * passphrase. `TENANTRY_HOME` moves it, so that tests and benchmarks have homes of their own. A relative path starts at the
 * project's folder, whatever the working directory; an empty one counts as unset.
 */
export function homeOf(projectDir: string, env: Readonly<Record<string, string | undefined>>): string {
  const given = env["TENANTRY_HOME"]?.trim() ?? "";
  return given === "" ? join(projectDir, ".tenantry") : resolve(projectDir, given);
}

/** The file with the embedded cloud's addresses. */
export function descriptorPath(home: string): string {
  return join(home, "cloud", "cloud.json");
}
