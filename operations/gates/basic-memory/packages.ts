import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

const example = join(import.meta.dirname, "../../../container/examples/basic-memory");
export const requirements = join(example, "requirements.txt");
/** For PYTHONPATH: what puts the index into a libSQL database. */
export const adapter = join(example, "adapter");
const LEAST_MINOR = 12;

/** The first Python that is new enough, on PATH or in pyenv. */
export function findPython(): string | undefined {
  const versions = join(process.env["PYENV_ROOT"] ?? join(homedir(), ".pyenv"), "versions");
  const ofPyenv = existsSync(versions) ? readdirSync(versions).map((version) => join(versions, version, "bin")) : [];
  const candidates = [...(process.env["PATH"] ?? "").split(delimiter), ...ofPyenv].map((dir) => join(dir, "python3"));
  return candidates.find((path) => existsSync(path) && isNewEnough(path));
}

function isNewEnough(python: string): boolean {
  const { stdout } = spawnSync(python, ["-c", "import sys; print(sys.version_info.minor)"], { encoding: "utf8" });
  return Number(stdout) >= LEAST_MINOR;
}

/** Where the packages are kept, for this list of them, installed or not. */
export function packagesDir(): string {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const key = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 16);
  return join(cache, "tenantry", `basic-memory-${key}`);
}

/** Written last, so that an interrupted installation does not count. */
export const completeMark = () => join(packagesDir(), "complete");

/** What is missing for Basic Memory to run; "" when nothing is. */
export function whyNoBasicMemory(): string {
  if (!existsSync(requirements)) return "the example is part of the repository only";
  if (existsSync(completeMark())) return "";
  if (findPython() === undefined) return "there is no Python 3.12 or newer";
  return "Basic Memory is not installed; 640 MB: node operations/gates/basic-memory/install.ts";
}
