import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Place as Network } from "../../local/network.ts";
import { localPassphrase } from "../../tools/environment.ts";
import { type OwnCloud, startOwnCloud } from "./own-cloud.ts";

/** Folders of a side's own, and its cloud; nothing of the user's project is written to. */
export interface Place {
  /** Where its commands run. */
  readonly dir: string;
  /** Where its state and its cloud are. */
  readonly home: string;
  readonly cloud: OwnCloud | undefined;
  dispose(): Promise<void>;
}

/** @param network where the vendors of its cloud are; undefined: it needs no cloud */
export async function openPlace(network: Network | undefined): Promise<Place> {
  const root = mkdtempSync(join(tmpdir(), "tenantry-bench-"));
  const [dir, home] = [join(root, "project"), join(root, "home")];
  mkdirSync(dir);
  mkdirSync(join(home, "state"), { recursive: true, mode: 0o700 });
  writeFileSync(join(home, "passphrase"), localPassphrase, { mode: 0o600 });
  const remove = () => rmSync(root, { recursive: true, force: true });
  try {
    const cloud = network === undefined ? undefined : await startOwnCloud(home, network);
    return {
      dir,
      home,
      cloud,
      async dispose() {
        await cloud?.end();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** What a copy of a project has of its own. */
const OWN = /^(?:\.git|\.tenantry|emitted|tenants|Pulumi\..+\.yaml)$/;

/** The name that all has at the vendors; no stack of the user's has it. */
const SETTINGS = `config:
  tenantry:cloud: embedded
  tenantry:fleetId: 0123456789abcdef0123456789abcdef
  tenantry:prefix: bench
  tenantry:tursoOrganization: tenantry-local
  tenantry:flyOrganization: tenantry-local
`;

/** The program, the provider and the plans of `projectDir`, with tenants and settings of its own. */
export function copyProject(projectDir: string, dir: string): void {
  for (const name of readdirSync(projectDir).filter((each) => !OWN.test(each)))
    symlinkSync(join(projectDir, name), join(dir, name));
  mkdirSync(join(dir, "tenants/local"), { recursive: true });
  const plans = join(projectDir, "tenants/plans.yaml");
  if (existsSync(plans)) cpSync(plans, join(dir, "tenants/plans.yaml"));
  writeFileSync(join(dir, "Pulumi.local.yaml"), SETTINGS);
}

/** Writes tenant files: each once, and with an epoch above 0 all of them anew. */
export function writeTenants(dir: string, ids: readonly string[], epoch = 0): void {
  for (const id of ids) {
    const file = join(dir, "tenants/local", `${id}.yaml`);
    if (epoch > 0 || !existsSync(file))
      writeFileSync(file, `owner: team@example.com\n${epoch > 0 ? `rotation: { epoch: ${epoch + 1} }\n` : ""}`);
  }
}
