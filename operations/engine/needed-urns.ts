/**
 * The URNs of all that a stored resource depends on, sorted: those of the whole resource and those that a setting hangs on. One may
 * be said in either place or in both (components/dependencies-once.ts). Pure.
 */
export function neededUrns(resource: Readonly<Record<string, unknown>>): string[] {
  const ofAll = resource["dependencies"] as readonly string[] | undefined;
  const bySetting = (resource["propertyDependencies"] ?? {}) as Readonly<Record<string, readonly string[] | null>>;
  return [...new Set([ofAll, ...Object.values(bySetting)].flatMap((urns) => urns ?? []))].sort();
}

/** The URN of a stored resource's provider, without the provider's id; undefined: it has none. Pure. */
export function providerUrn({ provider }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof provider === "string" ? provider.split("::").slice(0, -1).join("::") : undefined;
}
