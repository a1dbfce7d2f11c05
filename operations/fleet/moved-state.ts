import { tenantOf } from "../engine/steps.ts";

/** A resource as Pulumi exports it. All of it is kept. */
export interface ExportedResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string | undefined;
  readonly outputs?: Readonly<Record<string, unknown>> | undefined;
  readonly [field: string]: unknown;
}

type Records = Readonly<Record<string, unknown>>;
type Resources = readonly ExportedResource[];

const ROOT = "pulumi:pulumi:Stack";
const GROUP = "tenantry:turso:Group";

/** What a state has of a tenant: its resources and its record in the stack's outputs. Pure. */
export function isInState(tenant: string, resources: Resources): boolean {
  return resources.some(({ urn }) => tenantOf(urn) === tenant) || tenant in recordsOf(resources);
}

/** The state without the tenant, and without a database group that only this tenant needed. Pure. */
export function withoutTenant(tenant: string, resources: Resources): ExportedResource[] {
  const { [tenant]: _, ...records } = recordsOf(resources);
  const isOwn = ({ urn }: ExportedResource) => tenantOf(urn) === tenant;
  const others = resources.filter((each) => !isOwn(each));
  const given = new Set(resources.filter(isOwn).flatMap(urnsIn));
  const needed = new Set(others.flatMap(urnsIn));
  return withRecords(
    others.filter(({ urn, type }) => type !== GROUP || !given.has(urn) || needed.has(urn)),
    records,
  );
}

/** A stack's resources. */
export interface StateOf {
  readonly stack: string;
  readonly resources: Resources;
}

/**
 * The resources of `to` with the tenant as `from` has it, in the place of what `to` had of it. What the tenant needs of its
 * stack (a provider, a database group) is that of `to`, where it has it, else it comes along. Every resource keeps its id,
 * its inputs and its outputs: nothing is to be done for it at any vendor. Pure.
 */
export function withTenant(tenant: string, from: StateOf, to: StateOf): ExportedResource[] {
  const present = withoutTenant(tenant, to.resources);
  const own = from.resources.filter(({ urn }) => tenantOf(urn) === tenant);
  const relabel = (urn: string) => relabelled(urn, from.stack, to.stack);
  const there = new Map(present.map((each) => [each.urn, each]));
  const needed = neededBy(own, from.resources);
  const brought = needed.filter(({ urn }) => !there.has(relabel(urn))).map((each) => bare(each));
  const ids = new Map(needed.flatMap((each) => providerName(each, there.get(relabel(each.urn)), relabel)));
  const moved = [...brought, ...own].map((each) => rewritten(each, relabel, ids) as ExportedResource);
  const [roots, others] = [
    [...present, ...moved].filter(isRoot),
    [...present, ...moved].filter((each) => !isRoot(each)),
  ];
  const records = recordsOf(from.resources);
  return withRecords(
    [...roots, ...others],
    tenant in records ? { ...recordsOf(present), [tenant]: records[tenant] } : recordsOf(present),
  );
}

/** All dependencies of these resources that belong to no tenant, in the order of the state: dependencies come first. */
function neededBy(own: Resources, all: Resources): Resources {
  const byUrn = new Map(all.map((each) => [each.urn, each]));
  const found = new Set<ExportedResource>();
  const visit = (each: ExportedResource) => {
    for (const urn of urnsIn(each)) {
      const other = byUrn.get(urn);
      if (other === undefined || found.has(other) || own.includes(other)) continue;
      found.add(other);
      visit(other);
    }
  };
  for (const each of own) visit(each);
  return all.filter((each) => found.has(each));
}

/** The URNs that a resource names: its parent, its provider (`urn::id`), what it depends on. */
function urnsIn({ urn, inputs: _, outputs: __, ...rest }: ExportedResource): string[] {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === "string" && value.startsWith("urn:pulumi:")) found.push(value, value.replace(/::[^:]*$/, ""));
    else if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) visit(inner);
  };
  visit(rest);
  return found.filter((each) => each !== urn);
}

/** A stack that comes along brings no tenant's record. */
function bare(resource: ExportedResource): ExportedResource {
  return isRoot(resource) ? { ...resource, outputs: { ...resource.outputs, fleet: {} } } : resource;
}

/** How a provider is named where it is needed, before and after. */
function providerName(
  { type, urn, id }: ExportedResource,
  there: ExportedResource | undefined,
  relabel: (urn: string) => string,
): (readonly [string, string])[] {
  if (!type.startsWith("pulumi:providers:")) return [];
  return [[`${urn}::${id ?? ""}`, `${relabel(urn)}::${there?.id ?? id ?? ""}`]];
}

/** Every URN of the one stack, as the other has it. Values of settings hold none. */
function rewritten(value: unknown, relabel: (urn: string) => string, known: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return known.get(value) ?? relabel(value);
  if (Array.isArray(value)) return value.map((each) => rewritten(each, relabel, known));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rewritten(inner, relabel, known)]));
}

/** The stack itself is called after the project and the stack. */
function relabelled(text: string, from: string, to: string): string {
  const start = `urn:pulumi:${from}::`;
  if (!text.startsWith(start)) return text;
  const moved = `urn:pulumi:${to}::${text.slice(start.length)}`;
  return moved.includes(`::${ROOT}::`) && moved.endsWith(`-${from}`) ? `${moved.slice(0, -from.length)}${to}` : moved;
}

const isRoot = ({ type }: ExportedResource) => type === ROOT;

function recordsOf(resources: Resources): Records {
  return (resources.find(isRoot)?.outputs?.["fleet"] ?? {}) as Records;
}

function withRecords(resources: Resources, fleet: Records): ExportedResource[] {
  return resources.map((each) => (isRoot(each) ? { ...each, outputs: { ...each.outputs, fleet } } : each));
}
