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
}

/** What both package-lock.json and npm's own record node_modules/.package-lock.json look like, as far as we read it. */
export interface Lock {
  readonly packages: Readonly<Record<string, Entry>>;
}

/**
 * Compares `lock` (package-lock.json) with `record` (node_modules/.package-lock.json, undefined when there is none).
 * An optional package may be missing: it is for another platform.
 */
export function lockStep(lock: Lock, record: Lock | undefined): LockStep {
  const present = record?.packages ?? {};
  const wanted = Object.entries(lock.packages).filter(([path]) => path !== "");
  return {
    missing: wanted
      .filter(([path, entry]) => {
        const found = present[path];
        return found === undefined ? entry.optional !== true : !same(found, entry);
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
