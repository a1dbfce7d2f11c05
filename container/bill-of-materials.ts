// node container/bill-of-materials.ts ROOT NAME VERSION > NAME.cdx.json
//
// What an image is made of, as CycloneDX 1.6: every Debian package, every npm package and every Go module of its root file
// system, by the records that dpkg, npm and Go leave in it. ROOT is that root: `docker export` of a container, or what umoci
// unpacks. Go is needed to read what a program was built from.
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** One thing in an image. Its `purl` says what it is and where it is from: https://github.com/package-url/purl-spec. */
export interface Component {
  readonly type: "library" | "application";
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
}

/** The document, as bom-1.6.schema.json has it. The same root gives the same document: it has no time and no serial number. */
export interface BillOfMaterials {
  readonly bomFormat: "CycloneDX";
  readonly specVersion: "1.6";
  readonly version: 1;
  readonly metadata: {
    readonly component: { readonly type: "container"; readonly name: string; readonly version: string };
  };
  readonly components: readonly Component[];
}

/** Reads a root file system. Throws when it has no packages of Debian: then it is no root of these images. */
export function billOfMaterials(root: string, name: string, version: string): BillOfMaterials {
  const found = [...debianPackages(root), ...npmPackages(root), ...goModules(root)];
  const components = [...new Map(found.map((component) => [component.purl, component])).values()];
  components.sort((one, other) => (one.purl < other.purl ? -1 : 1));
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { type: "container", name, version } },
    components,
  };
}

/** The fields of `/var/lib/dpkg/status`: one paragraph a package. */
function debianPackages(root: string): Component[] {
  const status = readFileSync(join(root, "var/lib/dpkg/status"), "utf8");
  const release = /^VERSION_CODENAME=(.*)$/m.exec(readFileSync(join(root, "etc/os-release"), "utf8"))?.[1] ?? "";
  return status.split("\n\n").flatMap((paragraph) => {
    const field = (key: string) => new RegExp(`^${key}: (.*)$`, "m").exec(paragraph)?.[1] ?? "";
    if (field("Status") !== "install ok installed") return [];
    const [name, version, arch] = [field("Package"), field("Version"), field("Architecture")];
    const purl = `pkg:deb/debian/${purlWord(name)}@${purlWord(version)}?arch=${arch}&distro=${release}`;
    return [component("library", name, version, purl)];
  });
}

/** npm writes down beside the packages what it has installed; a single one without such a record has its own package.json. */
function npmPackages(root: string): Component[] {
  const records = globSync("{srv,opt,usr/local/lib}/**/node_modules/.package-lock.json", { cwd: root });
  const found = records.flatMap((record) => {
    const { packages } = JSON.parse(readFileSync(join(root, record), "utf8")) as {
      packages: Readonly<Record<string, { readonly version?: string }>>;
    };
    const folder = join(root, record, "../..");
    return Object.entries(packages)
      .filter(([path]) => existsSync(join(folder, path, "package.json")))
      .map(([path, { version = "" }]) => npmComponent(path.split("node_modules/").at(-1) ?? path, version));
  });
  return [...found, ...nodeItself(root)];
}

function npmComponent(name: string, version: string): Component {
  return component("library", name, version, `pkg:npm/${purlPath(name)}@${purlWord(version)}`);
}

/** Node is a program of its own: it names its version in its text, for it cannot be asked on another processor. */
function nodeItself(root: string): Component[] {
  const program = join(root, "usr/local/bin/node");
  if (!existsSync(program)) return [];
  const version = /node-v(\d+\.\d+\.\d+)/.exec(readFileSync(program, "latin1"))?.[1] ?? "";
  return [component("application", "node", version, `pkg:generic/node@${version}`)];
}

interface Named {
  readonly Path: string;
  readonly Version: string;
}

interface Module extends Named {
  readonly Replace?: { readonly Path: string; readonly Version?: string };
}

interface Build {
  readonly GoVersion: string;
  readonly Main: Module;
  readonly Deps?: readonly Module[];
}

/** What Go wrote into each program that it built, `go version -m -json`. */
function goModules(root: string): Component[] {
  const programs = globSync("usr/local/bin/*", { cwd: root }).map((path) => join(root, path));
  const ours = programs.filter(isGoProgram);
  // Without a file `go version` tells its own.
  if (ours.length === 0) return [];
  const said = execFileSync("go", ["version", "-m", "-json", ...ours], { encoding: "utf8" });
  const builds = JSON.parse(`[${said.replaceAll(/^}\s*^{/gm, "},{")}]`) as Build[];
  return builds.flatMap(({ GoVersion, Main, Deps = [] }) => [
    goComponent({ Path: "stdlib", Version: GoVersion.replace("go", "") }),
    goComponent(Main),
    ...Deps.map((module) => goComponent(replacement(module))),
  ]);
}

/** What was built in a module's place. A folder has no name that means anything elsewhere: it holds the module, patched. */
function replacement(module: Module): Named {
  const { Path, Version } = module.Replace ?? module;
  return Version === undefined ? module : { Path, Version };
}

/** Go's own mark in a program. */
function isGoProgram(path: string): boolean {
  return readFileSync(path).includes("\u00ff Go buildinf:", 0, "latin1");
}

function goComponent({ Path, Version }: Named): Component {
  return component("library", Path, Version, `pkg:golang/${purlPath(Path)}@${purlWord(Version)}`);
}

function component(type: Component["type"], name: string, version: string, purl: string): Component {
  return { type, "bom-ref": purl, name, version, purl };
}

const purlWord = (text: string) => encodeURIComponent(text).replaceAll("%3A", ":");
const purlPath = (path: string) => path.split("/").map(encodeURIComponent).join("/");

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [root, name, version] = process.argv.slice(2);
  if (root === undefined || name === undefined || version === undefined)
    throw new Error("usage: bill-of-materials.ts ROOT NAME VERSION");
  console.log(JSON.stringify(billOfMaterials(root, name, version), null, 2));
}
