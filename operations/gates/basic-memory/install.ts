// `node operations/gates/basic-memory/install.ts`: Basic Memory in an environment of its own, below the user's cache folder.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { completeMark, findPython, packagesDir, requirements } from "./packages.ts";

const dir = packagesDir();
if (existsSync(completeMark())) {
  console.log(`already there: ${dir}`);
} else {
  const python = findPython();
  if (python === undefined) throw new Error("there is no Python 3.12 or newer, neither on PATH nor in pyenv");
  const run = (program: string, ...args: string[]) => {
    const { status } = spawnSync(program, args, { stdio: "inherit" });
    if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}`);
  };
  rmSync(dir, { recursive: true, force: true });
  console.log(`${python}: installing into ${dir}`);
  run(python, "-m", "venv", dir);
  run(join(dir, "bin/pip"), "install", "--disable-pip-version-check", "--no-deps", "-r", requirements);
  writeFileSync(completeMark(), "");
}
