import { join } from "node:path";

/**
 * The project's own folder for everything that is not in git: the embedded cloud's data, the local stack's state, the
 * passphrase. `TENANTRY_HOME` moves it, so that tests and benchmarks have homes of their own.
 */
export function homeOf(projectDir: string, env: Readonly<Record<string, string | undefined>>): string {
  return env["TENANTRY_HOME"] ?? join(projectDir, ".tenantry");
}

/** Where the embedded cloud says how to reach it. */
export function descriptorPath(home: string): string {
  return join(home, "cloud", "cloud.json");
}
