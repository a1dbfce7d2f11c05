import { delimiter, join } from "node:path";

/**
 * The environments that programs are started in. Pure: what is on disk is made by tools/install.sh and
 * tools/prepare-home.ts.
 */

export type Environment = Readonly<Record<string, string | undefined>>;

/** Encrypts the secrets in the local stack's state. No secret: that stack never leaves the machine, and the salt in the
 * committed Pulumi.local.yaml fits this passphrase only. */
export const localPassphrase = "tenantry-local";

/** The oldest Node that runs TypeScript as it is. */
export const minimumNode = "22.18.0";

/** The oldest Pulumi CLI that is used when it is on PATH. */
export const minimumPulumi = "3.249.0";

/** Where tools/install.sh links the programs it chose, Node included. */
export function programsDir(projectDir: string): string {
  return join(projectDir, ".tenantry", "bin");
}

/** The folders that come first on PATH. */
export function programFolders(projectDir: string): readonly [string, string] {
  return [programsDir(projectDir), join(projectDir, "node_modules", ".bin")];
}

/** `env` with the project's programs in front on PATH: what every stack's `pulumi` is started in. */
export function toolsEnvironment({ projectDir, env }: { projectDir: string; env: Environment }): Environment {
  const folders: readonly string[] = programFolders(projectDir);
  const others = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "" && !folders.includes(folder));
  return { ...env, PATH: [...folders, ...others].join(delimiter) };
}

/** What Pulumi needs to be told to work on the local stack, and on nothing else. `home` is `homeOf()`. */
export function localSettings(home: string): Readonly<Record<string, string>> {
  return {
    PULUMI_BACKEND_URL: `file://${urlPath(join(home, "state"))}`,
    PULUMI_HOME: join(home, "pulumi"),
    PULUMI_CONFIG_PASSPHRASE_FILE: join(home, "passphrase"),
    PULUMI_CREDENTIAL_STORE: "plaintext",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_SUPPRESS_NEO_LINK: "true",
  };
}

/** Variables that Pulumi would read before those of `localSettings`. */
export const overridingVariables: readonly string[] = ["PULUMI_CONFIG_PASSPHRASE"];

/**
 * `env` with the project's programs on PATH and Pulumi pointed at the state of the local stack below `home`. Only for
 * stacks of the embedded cloud: all others take `toolsEnvironment`, or they would look for their state in the wrong place.
 */
export function localEnvironment(place: { projectDir: string; home: string; env: Environment }): Environment {
  const kept = Object.entries(place.env).filter(([name]) => !overridingVariables.includes(name));
  return { ...toolsEnvironment({ ...place, env: Object.fromEntries(kept) }), ...localSettings(place.home) };
}

/** Escapes what a URL would read as something else than a path. */
function urlPath(path: string): string {
  return path.replace(/[%?# ]/g, encodeURIComponent);
}
