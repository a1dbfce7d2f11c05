import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Ran } from "./ran.ts";

/** What `env TENANT --show-secrets` gives, by way of a file: it writes no secret into a pipe. */
export async function secretEnv(
  tenantry: (...args: string[]) => Promise<Ran>,
  tenant: string,
): Promise<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), "tenantry-env-"));
  try {
    const file = join(folder, "env.json");
    const { code, stdout, stderr } = await tenantry("env", tenant, "--json", "--show-secrets", "--out", file);
    if (code !== 0) throw new Error(`env ${tenant}: ${String(code)} ${stdout}${stderr}`);
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
