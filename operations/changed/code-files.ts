import { createHash } from "node:crypto";
import { type Dirent, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, relative } from "node:path";

/** Folders without code that the program or the provider loads (tests/operations/changed/code-files.test.ts). */
const NO_CODE = /^(?:docs|tests|bench|local|cli|operations|cost|policies|\..*)$/;
/** What a program can be made of. Tenant files and the settings of stacks are read for themselves. */
const CODE = /\.(?:[cm]?[jt]s|sh|mod|sum)$|^package(?:-lock)?\.json$|^Pulumi\.yaml$|^pulumi-[a-z-]+$/;
/** This checkout: a project in another folder still runs the code from here. */
const OWN = join(import.meta.dirname, "../..");

/**
 * Every file that decides what the program makes of a tenant: the program, what it is made of, the provider, and the lock
 * files. Of packages the lock file speaks. Sorted.
 */
export function codeFiles(projectDir: string): string[] {
  const seen = new Set<string>();
  return [projectDir, OWN].flatMap((root) => filesIn(realpathSync(root), true, seen)).sort();
}

/** A digest of all these files: another one means that tenants may be made otherwise. Reads every file once. */
export function codeVersion(projectDir: string): string {
  const hash = createHash("sha256");
  for (const file of codeFiles(projectDir)) {
    hash.update(`${relative(projectDir, file)}\0${contentDigest(file)}\n`);
  }
  return hash.digest("hex");
}

/** What this process has read: an `up` asks for the version of its code three times. */
const read = new Map<string, { readonly stamp: string; readonly digest: string }>();
/** Some file systems say only to two seconds when a file was written: after that another write shows in its stamp. */
const COARSEST_MS = 2000;

function contentDigest(file: string): string {
  const { stamp, changedAt } = stampOfFile(file);
  const known = read.get(file);
  if (known?.stamp === stamp) return known.digest;
  const digest = createHash("sha256").update(readFileSync(file)).digest("hex");
  if (Date.now() - changedAt > COARSEST_MS) read.set(file, { stamp, digest });
  return digest;
}

/** When each of the files was last written, to the nanosecond: if two stamps are equal, no file changed in between. */
export function stampOf(files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\0${stampOfFile(file).stamp}\n`);
  return hash.digest("hex");
}

function stampOfFile(file: string): { stamp: string; changedAt: number } {
  const { ctimeNs, mtimeNs, size, ino, ctimeMs } = statSync(file, { bigint: true });
  return { stamp: `${ino} ${ctimeNs} ${mtimeNs} ${size}`, changedAt: Number(ctimeMs) };
}

/** Each folder once, however many links lead to it. `folder` is where no link leads any further. */
function filesIn(folder: string, isRoot: boolean, seen: Set<string>): string[] {
  if (seen.has(folder)) return [];
  seen.add(folder);
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const { name } = entry;
    const path = join(folder, name);
    if (name === "node_modules" || (isRoot && NO_CODE.test(name))) return [];
    if (entry.isDirectory()) return filesIn(path, false, seen);
    if (isLinkToFolder(entry, path)) return filesIn(realpathSync(path), false, seen);
    return CODE.test(name) ? [path] : [];
  });
}

/** In the project itself, and in a project that borrows another's rooms. */
function isLinkToFolder(entry: Dirent, path: string): boolean {
  return entry.isSymbolicLink() && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
