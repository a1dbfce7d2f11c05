import { execFileSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { toolsEnvironment, type Environment } from "../../tools/environment.ts";
import { commandCheck, run, type Check } from "./check.ts";
import { outcomeOfJest, type JestReport } from "./jest-report.ts";
import { failedOnce, skippedOnce, type Outcome } from "./outcome.ts";

/** Where the checks run. */
export interface Site {
  readonly projectDir: string;
  readonly env: Environment;
}

/** The project's programs on PATH, and nothing that could lead a test to a real account or to somebody's own stacks. */
export function testEnvironment({ projectDir, env }: Site): Environment {
  const real = /^(PULUMI|TIGRIS|TURSO|LIBSQL|DATABASE|FLY|AWS)_|^TENANTRY_(?!DEEP$)/;
  const kept = Object.entries(env).filter(([name]) => !real.test(name));
  // As cli/tenantry has it: most of what tests start is our own code, again and again.
  const compiled = { NODE_COMPILE_CACHE: join(projectDir, "node_modules/.cache/tenantry") };
  return toolsEnvironment({ projectDir, env: { ...compiled, ...Object.fromEntries(kept) } });
}

/** Formatting, types, linters. */
export function lintChecks(site: Site): Check[] {
  const command = (program: string, args: readonly string[]) => ({
    cwd: site.projectDir,
    env: site.env,
    program,
    args,
  });
  return [
    commandCheck("eslint", command("eslint", ["."])),
    commandCheck("tsc", command("tsc", ["-p", "."])),
    commandCheck("prettier", command("prettier", ["--check", "--log-level", "warn", "."])),
    optionalCheck(site, "shellcheck", "shellcheck is not installed (Debian: apt-get install shellcheck)", () => [
      "-x",
      ...shellScripts(site.projectDir),
    ]),
    optionalCheck(site, "actionlint", "actionlint is not installed (tools/install.sh test)", () =>
      workflows(site.projectDir),
    ),
  ];
}

/** A check with a program that may be absent, on files that may be absent: then it is skipped. */
function optionalCheck(site: Site, program: string, absent: string, argsOf: () => readonly string[]): Check {
  return {
    title: program,
    async run(print) {
      if (!isOnPath(program, site.env)) return skippedOnce(program, absent);
      const args = argsOf();
      if (args.length === 0) return skippedOnce(program, "there is nothing for it to look at");
      return commandCheck(program, { cwd: site.projectDir, env: site.env, program, args }).run(print);
    },
  };
}

/** All tests, counted one by one. */
export function jestCheck(site: Site, args: readonly string[] = []): Check {
  const jest = join(import.meta.dirname, "../../node_modules/jest/bin/jest.js");
  return {
    title: "jest",
    async run(print) {
      const dir = mkdtempSync(join(tmpdir(), "tenantry-jest-"));
      try {
        const report = join(dir, "report.json");
        const node = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
        const ended = await run(
          {
            cwd: site.projectDir,
            env: site.env,
            program: process.execPath,
            args: [...node, jest, "--ci", "--json", `--outputFile=${report}`, ...args],
          },
          (text) => print(text.trimEnd()),
        );
        return jestOutcome(report, ended, site.projectDir);
      } finally {
        rmSync(dir, { recursive: true });
      }
    },
  };
}

function jestOutcome(report: string, ended: string, projectDir: string): Outcome {
  if (!existsSync(report)) return failedOnce(`jest: ended with ${ended} and left no report`);
  const outcome = outcomeOfJest(JSON.parse(readFileSync(report, "utf8")) as JestReport, projectDir);
  if (ended === "0" || outcome.failed.length > 0) return outcome;
  return { ...outcome, failed: [`jest: ended with ${ended} although no test failed`] };
}

function isOnPath(program: string, env: Environment): boolean {
  return (env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}

/** Every file of the project that a shell runs, by its name or its first line. */
export function shellScripts(projectDir: string): string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: projectDir,
    encoding: "utf8",
  });
  return (
    listed
      .split("\0")
      // A deleted file is listed until that is committed; a link is no script of its own.
      .filter((file) => file !== "" && lstatSync(join(projectDir, file), { throwIfNoEntry: false })?.isFile() === true)
      .filter((file) => file.endsWith(".sh") || /^#!.*\b(ba|da)?sh\b/.test(firstBytes(join(projectDir, file))))
  );
}

function firstBytes(path: string): string {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(64);
    return bytes.toString("utf8", 0, readSync(file, bytes)).split("\n", 1)[0] ?? "";
  } finally {
    closeSync(file);
  }
}

function workflows(projectDir: string): string[] {
  const dir = join(projectDir, ".github", "workflows");
  return existsSync(dir) ? readdirSync(dir).map((file) => join(dir, file)) : [];
}
