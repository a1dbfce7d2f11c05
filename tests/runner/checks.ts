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
import { commandCheck, run, type Check, type Command } from "./check.ts";
import { dearest } from "./dearest.ts";
import { outcomeOfJest, type JestReport } from "./jest-report.ts";
import { passedOnce, skippedOnce } from "./outcome.ts";
import { filesToRunAgain, outcomeOfBoth } from "./second-run.ts";
import { unlinted } from "./unlinted.ts";

/** Where the checks run. */
export interface Site {
  readonly projectDir: string;
  readonly env: Environment;
}

/** The project's programs on PATH, and nothing that could lead a test to a real account or to somebody's own stacks. */
export function testEnvironment({ projectDir, env }: Site): Environment {
  const real = /^(PULUMI|TIGRIS|TURSO|LIBSQL|DATABASE|FLY|AWS)_|^TENANTRY_(?!(?:DEEP|SEED|LIVES)$)/;
  const kept = Object.entries(env).filter(([name]) => !real.test(name));
  // As cli/tenantry has it: most of what tests start is our own code, again and again.
  const compiled = { NODE_COMPILE_CACHE: join(projectDir, "node_modules/.cache/tenantry") };
  // Pulumi's processes live for seconds: a seventh of their processor time goes into memory that their end frees anyway.
  const collectedSeldom = { GOGC: "800" };
  return toolsEnvironment({ projectDir, env: { ...compiled, ...collectedSeldom, ...Object.fromEntries(kept) } });
}

/**
 * Formatting, types, linters. What has not changed since the last run is not looked at again, by its content: a fresh clone,
 * and so CI, looks at everything.
 */
export function lintChecks(site: Site): Check[] {
  const kept = (name: string) => join("node_modules/.cache", name);
  const unlessChanged = ["--cache", "--cache-strategy", "content", "--cache-location", kept("prettier")];
  const command = (program: string, args: readonly string[]) => inSpareTime(site, program, args);
  return [
    eslintCheck(site),
    commandCheck("tsc", command("tsc", ["-p", ".", "--incremental", "--tsBuildInfoFile", kept("types.json")])),
    commandCheck("prettier", command("prettier", ["--check", ...unlessChanged, "--log-level", "warn", "."])),
    optionalCheck(site, "shellcheck", "shellcheck is not installed (Debian: apt-get install shellcheck)", () => [
      "-x",
      ...shellScripts(site.projectDir),
    ]),
    optionalCheck(site, "actionlint", "actionlint is not installed (tools/install.sh test)", () =>
      workflows(site.projectDir),
    ),
  ];
}

function eslintCheck(site: Site): Check {
  return {
    title: "eslint",
    async run(print) {
      const { paths, keep } = unlinted(site.projectDir, join(site.projectDir, ".tenantry/linted.json"));
      if (paths.length === 0) return passedOnce;
      const outcome = await commandCheck("eslint", inSpareTime(site, "eslint", paths)).run(print);
      if (outcome === passedOnce) keep();
      return outcome;
    },
  };
}

/** A program that gets the processor only while nothing else wants it: tests run beside it, and some of them watch the clock. */
function inSpareTime({ projectDir, env }: Site, program: string, args: readonly string[]): Command {
  return { cwd: projectDir, env, program: "nice", args: ["-n", "19", program, ...args] };
}

/** A check with a program that may be absent, on files that may be absent: then it is skipped. */
function optionalCheck(site: Site, program: string, absent: string, argsOf: () => readonly string[]): Check {
  return {
    title: program,
    async run(print) {
      if (!isOnPath(program, site.env)) return skippedOnce(program, absent);
      const args = argsOf();
      if (args.length === 0) return skippedOnce(program, "there is nothing for it to look at");
      return commandCheck(program, inSpareTime(site, program, args)).run(print);
    },
  };
}

/** All tests, counted one by one. `again`: whether files that failed get a second run, alone. */
export function jestCheck(site: Site, { args = [], again }: { args?: readonly string[]; again: boolean }): Check {
  return {
    title: "jest",
    async run(print) {
      const dir = mkdtempSync(join(tmpdir(), "tenantry-jest-"));
      const runJest = (name: string, ownArgs: readonly string[]) =>
        jestReport(site, { file: join(dir, name), args: ownArgs }, print);
      try {
        const first = await runJest("first.json", args);
        for (const line of dearest(join(dir, "first.json.costs"), site.projectDir)) print(line);
        const files = again ? filesToRunAgain(first) : [];
        if (files.length === 0) return outcomeOfJest(first, site.projectDir);
        print(
          `${files.length} ${files.length === 1 ? "file has" : "files have"} failed: once more, one after the other`,
        );
        const second = await runJest("second.json", ["--runInBand", "--runTestsByPath", ...files]);
        return outcomeOfBoth(first, second, site.projectDir);
      } finally {
        rmSync(dir, { recursive: true });
      }
    },
  };
}

const REPORTERS = ["default", join(import.meta.dirname, "report-file.ts")].map((each) => `--reporters=${each}`);

/** Runs jest to its end. Throws when it ended otherwise than its own report says. */
async function jestReport(
  site: Site,
  { file, args }: { file: string; args: readonly string[] },
  print: (line: string) => void,
): Promise<JestReport> {
  const jest = join(import.meta.dirname, "../../node_modules/jest/bin/jest.js");
  const command = [
    "--disable-warning=ExperimentalWarning",
    "--min-semi-space-size=16",
    jest,
    "--ci",
    ...args,
    ...REPORTERS,
  ];
  // Jest's workers load each of our files under many addresses: all of them would be kept. What they start is told again
  // (tests/support/realm/environment.js).
  const env = { ...site.env, NODE_COMPILE_CACHE: undefined, TENANTRY_COSTS: `${file}.costs`, JEST_REPORT: file };
  const ended = await run({ cwd: site.projectDir, env, program: process.execPath, args: command }, print);
  if (!existsSync(file)) throw new Error(`ended with ${ended} and left no report`);
  const report = JSON.parse(readFileSync(file, "utf8")) as JestReport;
  if (ended === "0" || report.testResults.some(({ status }) => status === "failed")) return report;
  throw new Error(`ended with ${ended} although no test failed`);
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
