import type { ReportRow } from "./fleet-report.ts";

/** Which versions run side by side: each image with each schema, and whom. */
export interface VersionMatrix {
  /** Those that most tenants have come first. */
  readonly images: readonly string[];
  readonly schemas: readonly string[];
  readonly cells: readonly { readonly image: string; readonly schema: string; readonly tenants: readonly string[] }[];
  /** Tenants without a machine: no version of anything can be told of them. Purged ones are none. */
  readonly without: readonly string[];
}

/** What a tenant is told to have, where its database has no schema that tenantry looks after. */
export const NO_SCHEMA = "no schema";

/** What tenants have, not what their files declare. Pure. */
export function versionMatrix(rows: readonly ReportRow[]): VersionMatrix {
  const living = rows.filter(({ state }) => state !== "purged");
  const placed = living.flatMap((row) => (row.image.applied === undefined ? [] : [{ image: row.image.applied, row }]));
  const told = placed.map(({ image, row }) => ({ image, schema: schemaOf(row), tenant: row.tenant }));
  const cells = [...Map.groupBy(told, ({ image, schema }) => JSON.stringify([image, schema])).values()].flatMap(
    (each) =>
      each
        .slice(0, 1)
        .map(({ image, schema }) => ({ image, schema, tenants: each.map(({ tenant }) => tenant).sort() })),
  );
  return {
    images: byCount(told.map(({ image }) => image)),
    schemas: byCount(told.map(({ schema }) => schema)),
    cells,
    without: living.flatMap(({ tenant, image }) => (image.applied === undefined ? [tenant] : [])).sort(),
  };
}

/** `migrations/notes 14`. Pure. */
export function schemaOf({ schema }: Pick<ReportRow, "schema">): string {
  return schema === undefined ? NO_SCHEMA : `${schema.from} ${schema.found ?? "none"}`;
}

function byCount(values: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1)).map(([value]) => value);
}
