import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { run as runProgram } from "./runner/check.ts";
import { shellScripts, testEnvironment } from "./runner/checks.ts";

const projectDir = join(import.meta.dirname, "..");
const JEST_CONFIG = "jest.config.js";

/** A test file for the real jest; what it tests is nonsense. */
const jestFile = (body: string) => `import { expect, it, describe } from "@jest/globals";\n${body}\n`;

let dir: string;

/** A project with the real runner and the real jest, whose linters are stand-ins that find nothing. */
function newProject(): void {
  dir = realpathSync(mkdtempSync(join(tmpdir(), "tenantry-run-")));
  const support = ["realm", "long-first.js", "evidence.ts"];
  const ofJest = support.map((name) => join("tests/support", name));
  for (const part of ["tests/run.ts", "tests/runner", "tools", ...ofJest]) {
    mkdirSync(dirname(join(dir, part)), { recursive: true });
    cpSync(join(projectDir, part), join(dir, part), {
      recursive: true,
      filter: (file) => !file.endsWith(".test.ts"),
    });
  }
  // In jest's own process: to start others for it costs as much as all else of a run.
  workers(1);
  symlinkSync(join(projectDir, "node_modules"), join(dir, "node_modules"));
  writeFileSync(join(dir, "package.json"), '{ "type": "module" }');
  for (const name of ["eslint", "tsc", "prettier", "shellcheck", "actionlint"]) standIn(name, "exit 0");
  execFileSync("git", ["init", "-q"], { cwd: dir });
}

function workers(count: number): void {
  const config = readFileSync(join(projectDir, JEST_CONFIG), "utf8").replace(/maxWorkers: .*/, `maxWorkers: ${count},`);
  writeFileSync(join(dir, JEST_CONFIG), count > 1 ? config : config.replace(/workerIdleMemoryLimit: .*/, ""));
}

function standIn(name: string, script: string): void {
  const path = join(dir, ".tenantry/bin", name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

function test(name: string, body: string): void {
  writeFileSync(join(dir, "tests", `${name}.test.ts`), jestFile(body));
}

interface RunnerRan {
  readonly lines: readonly string[];
  readonly code: number | null;
}

function run(env: Readonly<Record<string, string>> = {}, ...words: string[]): RunnerRan {
  const args = ["--disable-warning=ExperimentalWarning", join(dir, "tests/run.ts"), ...words];
  const ran = spawnSync(process.execPath, args, {
    cwd: dir,
    env: { PATH: process.env["PATH"], HOME: dir, ...env },
    encoding: "utf8",
  });
  return { lines: `${ran.stderr}${ran.stdout}`.trimEnd().split("\n"), code: ran.status };
}

const removeProject = () => rmSync(dir, { recursive: true });
const LIMIT = 300_000;

/** Fails when it runs first, and passes when it runs again. */
const CHANCE = `import { existsSync, writeFileSync } from "node:fs";
it("hopes", () => { existsSync("been") ? expect(1).toBe(1) : (writeFileSync("been", ""), expect(1).toBe(2)); });`;

describe("tests/run.ts, when nothing fails", () => {
  let ran: RunnerRan;
  beforeAll(() => {
    newProject();
    standIn("eslint", "nice >niceness; while [ ! -e tested ]; do sleep 0.1; done");
    const body =
      'it("adds", () => expect(1 + 1).toBe(2)); it("runs", () => { writeFileSync("tested", ""); expect(1).toBe(1); });';
    test("good", `import { writeFileSync } from "node:fs"; ${body}`);
    ran = run();
  }, LIMIT);
  afterAll(removeProject);

  it("counts every test and every check, and ends with the line that CI reads", () => {
    expect(ran.lines).toContain("skipped: actionlint: there is nothing for it to look at");
    expect(ran.lines.at(-1)).toBe("6 passed, 0 failed, 1 skipped");
    expect(ran.code).toBe(0);
  });

  it("runs the linters beside the tests, on what these leave of the processor", () => {
    // ESLint's stand-in has waited for the test.
    expect(ran.code).toBe(0);
    expect(readFileSync(join(dir, "niceness"), "utf8")).toBe("19\n");
  });
});

describe("tests/run.ts, when some fail", () => {
  let ran: RunnerRan;
  beforeAll(() => {
    newProject();
    standIn("tsc", "seq 100; exit 2");
    test("good", 'it("adds", () => expect(1 + 1).toBe(2)); it("adds again", () => expect(2 + 2).toBe(4));');
    test("bad", 'it("adds", () => expect(1 + 1).toBe(3)); it("adds well", () => expect(1 + 1).toBe(2));');
    test("broken", "this is not TypeScript");
    test("chance", CHANCE);
    // To ask for the time is a call of the kernel, which costs more than what is to be measured.
    const busy = "do for (let n = 0; n < 1e7; n++); while (process.cpuUsage().user < 1.5e6);";
    const started = `spawnSync(process.execPath, ["-e", "${busy}"])`;
    test(
      "dear",
      `import { spawnSync } from "node:child_process"; it("computes", () => expect(${started}.status).toBe(0), 60_000);`,
    );
    // Text for a jest of its own; nothing of this project is skipped here.
    const skips = [
      `it("adds", () => expect(1).toBe(1));`,
      `it.skip("mounts [skipped: there is no /dev/fuse]", () => undefined);`, // a reason in the test's own title
      `describe("A fleet [skipped: needs an account]", () => { it.skip("flies", () => undefined); });`, // in its group's
      `it.todo("reads minds");`,
      `it.skip("hides", () => undefined);`, // without a reason on purpose: the runner has to fail it
    ];
    test("skips", skips.join("\n"));
    const leaves = (
      name: string,
      body: string,
    ) => `import { afterAll, beforeAll } from "@jest/globals"; import { mkdirSync } from "node:fs";
      import { discard } from "./support/evidence.ts";
      mkdirSync("${name}", { recursive: true }); afterAll(() => discard("${name}")); ${body}`;
    test("leaves", leaves("of-bad", 'it("fails", () => expect(1).toBe(2));'));
    test(
      "hook",
      leaves("of-hook", 'beforeAll(() => { throw new Error("no"); }); it("runs", () => expect(1).toBe(1));'),
    );
    test("tidy", leaves("of-good", 'it("passes", () => expect(1).toBe(1));'));
    ran = run();
  }, LIMIT);
  afterAll(removeProject);

  /** What the end of the log says of a failure below its name. */
  const told = (line: string) => {
    const below = ran.lines.slice(ran.lines.indexOf(line) + 1);
    return below.slice(
      0,
      below.findIndex((each) => !each.startsWith("    ")),
    );
  };

  it("counts each failure by name and goes on after a failed check", () => {
    expect(ran.lines).toContain("100");
    expect(ran.lines.filter((line) => line.startsWith("failed: ")).sort()).toEqual([
      "failed: tests/bad.test.ts: adds",
      "failed: tests/broken.test.ts: the file itself",
      "failed: tests/hook.test.ts: runs",
      "failed: tests/leaves.test.ts: fails",
      "failed: tests/skips.test.ts: hides: skipped without a reason",
      "failed: tsc: ended with 2",
    ]);
    expect(ran.lines.at(-1)).toBe("10 passed, 6 failed, 4 skipped");
    expect(ran.code).toBe(1);
  });

  it("tells at the end of the log why each failed, in a few lines with the place", () => {
    const said = (expected: number, received: number) => [
      "    Error: expect(received).toBe(expected) // Object.is equality",
      `    Expected: ${expected}`,
      `    Received: ${received}`,
    ];
    const place = (name: string, line: number) =>
      expect.stringMatching(`^    at .*/tests/${name}\\.test\\.ts:${line}:\\d+\\)?$`) as unknown;
    const once = "failed first, passed when run again: tests/chance.test.ts: hopes";
    expect(told(once)).toEqual([place("chance", 3), ...said(2, 1)]);
    expect(told("failed: tsc: ended with 2")).toEqual([
      ...Array.from({ length: 14 }, (_, at) => `    ${at + 1}`),
      "    …",
    ]);
    expect(told("failed: tests/bad.test.ts: adds")).toEqual([place("bad", 2), ...said(3, 2)]);
    const end = ran.lines.slice(ran.lines.indexOf(once), -1);
    expect(end.filter((line) => !/^(?:failed: | {4})/.test(line))).toEqual([once]);
  });

  it("runs a file that failed once more, and names what passed only then", () => {
    expect(ran.lines).toContain("failed first, passed when run again: tests/chance.test.ts: hopes");
    expect(ran.lines).not.toContain("failed: tests/chance.test.ts: hopes");
  });

  it("names the test files that keep the processor busy longest, with what they start", () => {
    const { lines } = ran;
    const at = lines.findIndex((line) => /^the test files used \d+ s of the processor; most of it:$/.test(line));
    expect(lines[at + 1]).toMatch(/^ +\d+ s {2}tests\/dear\.test\.ts$/);
    expect(lines.filter((line) => /^ +\d+ s /.test(line))).toHaveLength(1);
  });

  it("says why a test is skipped, and fails one that does not", () => {
    expect(ran.lines.filter((line) => line.startsWith("skipped: tests/"))).toEqual([
      "skipped: tests/skips.test.ts: mounts [skipped: there is no /dev/fuse]: there is no /dev/fuse",
      "skipped: tests/skips.test.ts: A fleet [skipped: needs an account] flies: needs an account",
      "skipped: tests/skips.test.ts: reads minds: to do: reads minds",
    ]);
    expect(ran.lines).toContain("failed: tests/skips.test.ts: hides: skipped without a reason");
  });

  it("leaves what a file with a failed test made, and says where; of others nothing is left", () => {
    const kept = (name: string) => [
      name,
      existsSync(join(dir, name)),
      ran.lines.some((line) => line.endsWith(`: ${name}`)),
    ];
    expect([kept("of-bad"), kept("of-hook"), kept("of-good")]).toEqual([
      ["of-bad", true, true],
      ["of-hook", true, true],
      ["of-good", false, false],
    ]);
  });
});

describe("tests/run.ts", () => {
  beforeEach(newProject);
  afterEach(removeProject);

  it(
    "gives no second run when many files fail, and counts a failure whose error holds itself, as that of a program which cannot be started",
    () => {
      const starting =
        'import { execFileSync } from "node:child_process"; it("starts", () => execFileSync("no-such"));';
      for (const name of ["bad", "worse"]) test(name, starting);
      for (const name of ["a", "b", "c"]) test(name, 'it("adds", () => expect(1).toBe(2));');
      test("chance", CHANCE);
      // In processes of their own, from which the error has to come over.
      workers(2);
      const { lines, code } = run();
      expect(lines.at(-1)).toBe("4 passed, 6 failed, 1 skipped");
      expect(lines.join("\n")).toContain("spawnSync no-such ENOENT");
      expect(code).toBe(1);
    },
    LIMIT,
  );

  it("gives no second run to a test in `make test-deep`", () => {
    test("chance", CHANCE);
    expect(run({ TENANTRY_DEEP: "1" }).lines.at(-1)).toBe("4 passed, 1 failed, 1 skipped");
  });

  it("has ESLint look again only at what has changed since it found nothing, and at what imports that", () => {
    const asked = () => {
      rmSync(join(dir, "asked"), { force: true });
      const { code } = run({}, "lint");
      const words = existsSync(join(dir, "asked")) ? readFileSync(join(dir, "asked"), "utf8").trim().split(" ") : [];
      return [code, ...words.sort()];
    };
    const source = (name: string, text: string) => writeFileSync(join(dir, name), text);
    standIn("eslint", 'echo "$@" >asked');
    source("ground.ts", "export const one = 1;\n");
    source("floor.ts", 'export { one } from "./ground.ts";\n');
    source("roof.ts", 'import { one } from "./floor.ts";\nconsole.log(one);\n');
    source("apart.ts", "export const two = 2;\n");
    expect([asked(), asked()]).toEqual([[0, "."], [0]]);
    source("ground.ts", 'export const one = "1";\n');
    standIn("eslint", 'echo "$@" >asked; exit 1');
    const changed = ["floor.ts", "ground.ts", "roof.ts"];
    expect([asked(), asked()]).toEqual([
      [1, ...changed],
      [1, ...changed],
    ]);
    standIn("eslint", 'echo "$@" >asked');
    expect([asked(), asked()]).toEqual([[0, ...changed], [0]]);
    source("tsconfig.json", "{}\n");
    const all = asked();
    expect(all).toEqual(expect.arrayContaining([...changed, "apart.ts", "tests/run.ts"]));
    rmSync(join(dir, "ground.ts"));
    expect(asked()).toEqual([0, "floor.ts", "roof.ts"]);
  }, 300_000);

  it.each([
    ["by a part of their paths", ["tests/one"]],
    ["by a file that they import", ["source.ts"]],
    ["by what differs from the branch main", ["changed"]],
  ])("runs some tests %s, and no linter", (_, words) => {
    writeFileSync(join(dir, "source.ts"), "export const answer = 1;\n");
    test("one", 'import { answer } from "../source.ts"; it("is asked for", () => expect(answer).toBeGreaterThan(0));');
    test("two", 'it("is not", () => expect(1).toBe(1));');
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], { cwd: dir });
    git("add", "--all");
    git("commit", "-qm", "all");
    git("branch", "-f", "main");
    writeFileSync(join(dir, "source.ts"), "export const answer = 2;\n");
    const { lines, code } = run({}, "only", ...words);
    expect([lines.at(-1), lines.filter((line) => line.startsWith("PASS")), code]).toEqual([
      "1 passed, 0 failed, 0 skipped",
      ["PASS tests/one.test.ts"],
      0,
    ]);
  });

  it("fails when there is not one test", () => {
    const { lines, code } = run();
    expect(lines.at(-1)).toMatch(/^4 passed, 1 failed, 1 skipped$/);
    expect(code).toBe(1);
  });

  it("leaves the closing line to .ci/run when that asks for it", () => {
    mkdirSync(join(dir, ".ci"));
    cpSync(join(projectDir, ".ci/run"), join(dir, ".ci/run"));
    writeFileSync(join(dir, "Makefile"), `test:\n\t@'${process.execPath}' tests/run.ts lint && false\n`);
    const ran = spawnSync(join(dir, ".ci/run"), { env: { PATH: process.env["PATH"], HOME: dir }, encoding: "utf8" });
    expect(ran.stdout.match(/^\d+ passed, \d+ failed, \d+ skipped$/gm)).toEqual(["4 passed, 0 failed, 1 skipped"]);
    expect(ran.stdout.endsWith("4 passed, 0 failed, 1 skipped\n")).toBe(true);
    expect(ran.status).toBe(2);
  });

  it("closes .ci/run with a failure when the tools can't be installed", () => {
    mkdirSync(join(dir, ".ci"));
    cpSync(join(projectDir, ".ci/run"), join(dir, ".ci/run"));
    writeFileSync(join(dir, "Makefile"), "test:\n\t@exit 3\n");
    const ran = spawnSync(join(dir, ".ci/run"), { env: { PATH: process.env["PATH"], HOME: dir }, encoding: "utf8" });
    expect(ran.stdout).toBe("0 passed, 1 failed, 0 skipped\n");
    expect(ran.status).toBe(1);
  });

  it("finds the scripts of a shell by name and by first line", () => {
    writeFileSync(join(dir, "a.sh"), "echo");
    writeFileSync(join(dir, "b"), "#!/bin/sh\n");
    writeFileSync(join(dir, "c"), "#!/usr/bin/env bash\n");
    writeFileSync(join(dir, "d"), "#!/usr/bin/env node\n");
    writeFileSync(join(dir, "e.md"), "bash\n");
    expect(shellScripts(dir).filter((file) => !file.includes("/"))).toEqual(["a.sh", "b", "c"]);
  });
});

describe("The program of a check", () => {
  it("is shown in whole lines, also where it writes them in pieces", async () => {
    const lines: string[] = [];
    const words = 'process.stdout.write("Tests: 2 "); setTimeout(() => process.stdout.write("passed\\nTime"), 200);';
    const command = { program: process.execPath, args: ["--eval", words], cwd: projectDir, env: process.env };
    expect(await runProgram(command, (line) => lines.push(line))).toBe("0");
    expect(lines).toEqual(["Tests: 2 passed", "Time"]);
  });
});

describe("The environment of the tests", () => {
  it("holds nothing that leads to a real account or to somebody's own stacks, and what makes programs cheaper", () => {
    const env = {
      PATH: "/usr/bin",
      HOME: "/home/me",
      FLY_API_TOKEN: "x",
      TURSO_API_TOKEN: "x",
      TIGRIS_ACCESS_KEY_ID: "x",
      AWS_PROFILE: "x",
      PULUMI_ACCESS_TOKEN: "x",
      TENANTRY_HOME: "x",
    };
    const names = Object.keys(testEnvironment({ projectDir, env }));
    expect(names.sort()).toEqual(["GOGC", "HOME", "NODE_COMPILE_CACHE", "PATH"]);
  });

  it("keeps whether this is `make test-deep`, which adds that and Litestream to `make test`, and what is asked of its sweeps", () => {
    const deep = execFileSync("make", ["--dry-run", "--no-print-directory", "test-deep"], {
      cwd: projectDir,
      encoding: "utf8",
    });
    const usual = execFileSync("make", ["--dry-run", "--no-print-directory", "test"], {
      cwd: projectDir,
      encoding: "utf8",
    });
    expect(deep.replace("TENANTRY_DEEP=1 ", "")).toBe(`tools/install.sh gates\n${usual}`);
    const asked = { TENANTRY_DEEP: "1", TENANTRY_SEED: "7", TENANTRY_LIVES: "450" };
    expect(testEnvironment({ projectDir, env: asked })).toMatchObject(asked);
  });
});
