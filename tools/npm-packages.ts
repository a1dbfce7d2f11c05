import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { lockStep, type Lock, type LockStep, type Platform } from "./lock-step.ts";

/** Reads how the project's node_modules differ from its package-lock.json. Undefined where there is none. */
export function npmPackages(projectDir: string): LockStep | undefined {
  const lock = readLock(join(projectDir, "package-lock.json"));
  if (lock === undefined) return undefined;
  return lockStep(lock, readLock(join(projectDir, "node_modules", ".package-lock.json")), thisPlatform());
}

function readLock(path: string): Lock | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Lock) : undefined;
}

function thisPlatform(): Platform {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  const libc = header.glibcVersionRuntime === undefined ? "musl" : "glibc";
  return { os: process.platform, cpu: process.arch, libc: process.platform === "linux" ? libc : undefined };
}
