import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What ESLint has not looked at yet as it is. */
export interface Unlinted {
  /** Paths for ESLint: `.` where it has to look at everything, none where it has seen all. */
  readonly paths: readonly string[];
  /** Keeps that it found nothing. Call it when it has. */
  keep(): void;
}

/** What decides on every file. */
const FOR_ALL = ["eslint.config.js", "tsconfig.json", "package.json", "package-lock.json"];
const FOR_THE_WORLD = /\bdeclare (?:global|module)\b/;
const LINTED = /\.[cm]?[jt]s$/;
/** Whatever in a text may name another file of the project. What names none costs nothing. */
const RELATIVE = /["'`](\.{1,2}\/[^"'`\n]+)["'`]/g;

/**
 * Compares with what `record`, a file, keeps of the last run that found nothing. ESLint's verdict on a file hangs on the types
 * of others: of those that it imports, and of those that these import.
 */
export function unlinted(projectDir: string, record: string): Unlinted {
  const files = filesOf(projectDir);
  const worldly = [...files.values()].filter(({ text }) => FOR_THE_WORLD.test(text)).map(({ sum }) => sum);
  const forAll = [process.version, ...FOR_ALL.map((name) => sumOf(textAt(join(projectDir, name)))), ...worldly];
  const linted = [...files.keys()].filter((name) => LINTED.test(name));
  const now = new Map(linted.map((name) => [name, sumOf([...forAll, ...reachedFrom(name, files)].join("\n"))]));
  const before = keptIn(record);
  return {
    paths: before === undefined ? ["."] : linted.filter((name) => before[name] !== now.get(name)),
    keep() {
      mkdirSync(dirname(record), { recursive: true });
      writeFileSync(record, JSON.stringify(Object.fromEntries(now)));
    },
  };
}

interface SourceFile {
  readonly text: string;
  readonly sum: string;
  /** Paths that its text names. Not each is a file. */
  readonly named: readonly string[];
}

function filesOf(projectDir: string): Map<string, SourceFile> {
  const kinds = ["ts", "js", "mjs", "cjs", "json"].map((kind) => `*.${kind}`);
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", ...kinds];
  const names = execFileSync("git", list, { cwd: projectDir, encoding: "utf8" }).split("\0");
  const there = names.filter((name) => name !== "" && existsSync(join(projectDir, name)));
  return new Map(
    there.map((name) => {
      const text = textAt(join(projectDir, name));
      const named = [...text.matchAll(RELATIVE)].map(([, path = ""]) => join(dirname(name), path));
      return [name, { text, sum: sumOf(text), named }];
    }),
  );
}

/** A file and all that it leads to, each with the sum of its text. */
function reachedFrom(name: string, files: ReadonlyMap<string, SourceFile>): string[] {
  const reached = new Set([name]);
  // A set that grows is walked to its new end.
  for (const each of reached) for (const next of files.get(each)?.named ?? []) if (files.has(next)) reached.add(next);
  return [...reached].sort().map((each) => `${each} ${files.get(each)?.sum ?? ""}`);
}

function keptIn(record: string): Readonly<Record<string, string>> | undefined {
  try {
    return JSON.parse(textAt(record)) as Record<string, string>;
  } catch {
    return undefined;
  }
}

/** "" where there is no file. */
function textAt(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

function sumOf(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}
