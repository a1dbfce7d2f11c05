import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, relative } from "node:path";

/** Folders that nothing the program and the provider load lies in (tests/operations/changed/code-files.test.ts). */
const NO_CODE = /^(?:docs|tests|bench|local|cli|operations|cost|policies|\..*)$/;
/** What a program can be made of. Tenant files and the settings of stacks are read for themselves. */
const CODE = /\.(?:[cm]?[jt]s|sh|mod|sum)$|^package(?:-lock)?\.json$|^Pulumi\.yaml$|^pulumi-[a-z-]+$/;
/** This checkout: with a project of its own in another folder, the program is still made of what lies here. */
const OWN = join(import.meta.dirname, "../..");

/**
 * Every file that decides what the program makes of a tenant: the program, what it is made of, the provider, and the lock
 * files. Of packages the lock file speaks. Sorted.
 */
export function codeFiles(projectDir: string): string[] {
  const seen = new Set<string>();
  return [projectDir, OWN].flatMap((root) => filesIn(realpathSync(root), true, seen)).sort();
}

/** A digest of all these files: another one means that tenants may be made otherwise. Reads every file. */
export function codeVersion(projectDir: string): string {
  const hash = createHash("sha256");
  for (const file of codeFiles(projectDir)) {
    hash.update(`${relative(projectDir, file)}\0${createHash("sha256").update(readFileSync(file)).digest("hex")}\n`);
  }
  return hash.digest("hex");
}

/** When each of the files was last written, to the nanosecond: the same stamp twice, and nobody wrote to one in between. */
export function stampOf(files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) {
    const { ctimeNs, mtimeNs, size, ino } = statSync(file, { bigint: true });
    hash.update(`${file}\0${ino} ${ctimeNs} ${mtimeNs} ${size}\n`);
  }
  return hash.digest("hex");
}

/** Each folder once, however many links lead to it. */
function filesIn(folder: string, isRoot: boolean, seen: Set<string>): string[] {
  if (seen.has(folder)) return [];
  seen.add(folder);
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (name === "node_modules" || (isRoot && NO_CODE.test(name))) return [];
    if (isFolder(path)) return filesIn(realpathSync(path), false, seen);
    return CODE.test(name) ? [path] : [];
  });
}

/** A link leads to a folder too, in the project itself and in a project that borrows another's rooms. */
function isFolder(path: string): boolean {
  const status = lstatSync(path);
  return status.isSymbolicLink()
    ? statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
    : status.isDirectory();
}
