import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { localPassphrase } from "./environment.ts";

/** Makes what `localSettings` points at: the folders for state and Pulumi's own files, and the passphrase. Safe to repeat. */
export function prepareHome(home: string): void {
  for (const folder of [home, join(home, "state"), join(home, "pulumi")]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
  }
  writeFileSync(join(home, "passphrase"), `${localPassphrase}\n`, { mode: 0o600 });
}
