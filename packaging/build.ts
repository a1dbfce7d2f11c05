// `make package`: builds what a team installs into .tenantry/package, and packs it.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { packagedCode, packageFiles, packagedText } from "./contents.ts";
import { ENTRIES, packageManifest, type RootManifest } from "./manifest.ts";

const root = join(import.meta.dirname, "..");
const [target = join(root, ".tenantry/package")] = process.argv.slice(2);

rmSync(target, { recursive: true, force: true });
const tracked = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
});
const files = packageFiles(tracked.split("\0").filter((path) => path !== ""));
const isCode = (path: string) => path.endsWith(".ts");

files.filter(isCode).forEach(strip);
declareTypes(ENTRIES.map((entry) => `${entry}.ts`));
for (const path of files.filter((each) => !isCode(each))) copy(path);
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as RootManifest;
writeFileSync(join(target, "package.json"), `${JSON.stringify(packageManifest(manifest), undefined, 2)}\n`);
const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", dirname(target)], {
  cwd: target,
  encoding: "utf8",
});
const [{ filename, size, unpackedSize, entryCount }] = JSON.parse(packed) as [Packed];
console.log(
  `${join(dirname(target), filename)}: ${kilobytes(size)} packed, ${kilobytes(unpackedSize)} unpacked, ${entryCount} files`,
);

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly entryCount: number;
}

/** A program of this repository as Node runs it there: without its types, each line in its place. */
function strip(path: string): void {
  write(path.replace(/\.ts$/, ".js"), packagedCode(readFileSync(join(root, path), "utf8")), statSync(join(root, path)));
}

/** Declares the types of what a project imports, and of what that leads to. `make lint` has checked them. */
function declareTypes(entries: readonly string[]): void {
  const config = join(dirname(target), "package.tsconfig.json");
  const compilerOptions = {
    noEmit: false,
    noCheck: true,
    declaration: true,
    emitDeclarationOnly: true,
    rewriteRelativeImportExtensions: true,
    rootDir: root,
    outDir: target,
    typeRoots: [join(root, "node_modules/@types")],
  };
  const files = entries.map((path) => join(root, path));
  mkdirSync(dirname(config), { recursive: true });
  writeFileSync(config, JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, files, include: [] }));
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", config], { stdio: "inherit" });
}

function copy(path: string): void {
  write(path, packagedText(path, readFileSync(join(root, path), "utf8")), statSync(join(root, path)));
}

function write(path: string, text: string, { mode }: { readonly mode: number }): void {
  const to = join(target, path);
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, text);
  chmodSync(to, mode & 0o777);
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`;
}
