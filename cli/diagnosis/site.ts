import { execFile } from "node:child_process";
import { accessSync, constants, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";

import { toolsEnvironment, type Environment } from "../../tools/environment.ts";

/** The machine as the doctor sees it. */
export interface Site {
  readonly projectDir: string;
  /** tenantry's own folder of programs. */
  readonly toolsDir: string;
  /** PATH has the project's programs in front, as it has wherever the CLI starts a program. */
  readonly env: Environment;
}

export function siteOf(
  projectDir: string,
  env: Environment,
  toolsDir = join(import.meta.dirname, "../../tools"),
): Site {
  return { projectDir, toolsDir, env: toolsEnvironment({ projectDir, env }) };
}

export interface Program {
  /** Where PATH finds it. */
  readonly path: string;
  /** The same with all links followed. */
  readonly file: string;
}

/** The program that `name` starts; undefined when PATH has none. */
export function findProgram({ env }: Site, name: string): Program | undefined {
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, name);
    if (folder !== "" && isExecutable(path)) return { path, file: realpathSync(path) };
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What a program prints, trimmed; undefined when it fails or takes longer than 10 seconds. */
export function answerOf({ env }: Site, file: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(file, args, { env: { ...env }, timeout: 10_000, encoding: "utf8" }, (error, stdout) =>
      resolve(error === null ? stdout.trim() : undefined),
    );
  });
}
