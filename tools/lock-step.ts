/** How the packages in node_modules differ from package-lock.json. */
export interface LockStep {
  /** Paths below the project that package-lock.json has and node_modules lacks, or has in another version. */
  readonly missing: readonly string[];
  /** Paths that node_modules has and package-lock.json does not know. */
  readonly extra: readonly string[];
}

interface Entry {
  readonly version?: string | undefined;
  readonly integrity?: string | undefined;
  readonly optional?: boolean | undefined;
  readonly os?: readonly string[] | undefined;
  readonly cpu?: readonly string[] | undefined;
  readonly libc?: readonly string[] | undefined;
}

/** What packages are chosen by. */
export interface Platform {
  readonly os: string;
  readonly cpu: string;
  /** Undefined where there is no choice. */
  readonly libc: "glibc" | "musl" | undefined;
}

/** What both package-lock.json and npm's own record node_modules/.package-lock.json look like, as far as we read it. */
export interface Lock {
  readonly packages: Readonly<Record<string, Entry>>;
}

/**
 * Compares `lock` (package-lock.json) with `record` (node_modules/.package-lock.json, undefined when there is none).
 * A package for another platform may be missing.
 */
export function lockStep(lock: Lock, record: Lock | undefined, platform: Platform): LockStep {
  const present = record?.packages ?? {};
  const wanted = Object.entries(lock.packages).filter(([path]) => path !== "");
  return {
    missing: wanted
      .filter(([path, entry]) => {
        const found = present[path];
        return found === undefined ? entry.optional !== true || isFor(entry, platform) : !same(found, entry);
      })
      .map(([path]) => path),
    extra: Object.keys(present).filter((path) => lock.packages[path] === undefined),
  };
}

export function inStep({ missing, extra }: LockStep): boolean {
  return missing.length === 0 && extra.length === 0;
}

function same(a: Entry, b: Entry): boolean {
  return a.version === b.version && a.integrity === b.integrity;
}

/** Whether an optional package says that it is for this platform. One that says nothing hangs on one that does, and goes with it. */
function isFor({ os, cpu, libc }: Entry, platform: Platform): boolean {
  const says = os !== undefined || cpu !== undefined;
  return says && fits(os, platform.os) && fits(cpu, platform.cpu) && fits(libc, platform.libc);
}

/** As npm reads such a list: names, or names that are excepted by a `!`. */
function fits(list: readonly string[] | undefined, name: string | undefined): boolean {
  if (list === undefined || name === undefined) return true;
  return list.includes(name) || (list.every((each) => each.startsWith("!")) && !list.includes(`!${name}`));
}
