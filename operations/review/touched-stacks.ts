/** What no stack is made of: it can change without any plan becoming another. */
const HARMLESS = [
  /\.md$/,
  /^(?:docs|tests|bench|local|cli|operations|output|packaging|cost|tools|\.github|\.vscode)\//,
  /^(?:LICENSE|Makefile|eslint\.config\.js|jest\.config\.js|tsconfig\.json)$/,
  /^\.[^/]*$/,
  /^tenants\/[^/]*\.json$/,
];

/**
 * The stacks a change touches, sorted: `tenants/<stack>/**` and `Pulumi.<stack>.yaml` touch that stack, everything the
 * program, the provider or the policies are made of touches all. Any path that is not known to be harmless touches all stacks
 * too. Pure.
 *
 * @param paths from the project's folder, with `/`
 * @param stacks all stacks of the project
 */
export function touchedStacks(paths: readonly string[], stacks: readonly string[]): string[] {
  const touched = new Set<string>();
  for (const path of paths) {
    const own = /^tenants\/([^/]+)\/./.exec(path)?.[1] ?? /^Pulumi\.([^/]+)\.yaml$/.exec(path)?.[1];
    if (own !== undefined && stacks.includes(own)) touched.add(own);
    // A folder beside the stacks' own holds the model that all tenants are read by.
    else if (isShared(path, own)) return stacks.toSorted();
  }
  return [...touched].sort();
}

function isShared(path: string, own: string | undefined): boolean {
  const isOfNoStack = path.startsWith("Pulumi.") && own !== undefined;
  return !isOfNoStack && !HARMLESS.some((pattern) => pattern.test(path));
}
