import { existsSync, mkdtempSync, readdirSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** A folder with all programs of PATH but these, to be PATH. The caller removes it. */
export function programsBut(names: readonly string[]): string {
  const dir = mkdtempSync(join(tmpdir(), "tenantry-path-"));
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      const link = join(dir, name);
      if (!names.includes(name) && !existsSync(link)) symlinkSync(join(folder, name), link);
    }
  }
  return dir;
}
