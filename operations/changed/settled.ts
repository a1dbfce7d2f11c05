import * as z from "zod";

const digest = z.string().regex(/^[0-9a-f]{32}$/);
const settledSchema = z.strictObject({
  version: z.literal(1),
  tenants: z.record(z.string(), z.strictObject({ declared: digest, state: digest })),
});

/**
 * Settled tenants by id: digests of the declaration and of the state after an `up` that applied it. While both are unchanged,
 * there is nothing to do for the tenant. The pair cannot be outdated: if one digest differs, it does not apply.
 */
export type Settled = ReadonlyMap<string, Readonly<{ declared: string; state: string }>>;

/** Reads what `settledText` wrote; nothing of a text that it did not write. Pure. */
export function parseSettled(text: string): Settled {
  try {
    return new Map(Object.entries(settledSchema.parse(JSON.parse(text)).tenants));
  } catch {
    return new Map();
  }
}

export function settledText(settled: Settled): string {
  return `${JSON.stringify({ version: 1, tenants: Object.fromEntries([...settled].sort()) })}\n`;
}

/** Where they are kept. Whatever is lost there costs a longer look, and nothing else. */
export interface SettledStore {
  /** For people: a path, or `s3://…`. */
  readonly where: string;
  /** Nothing where it cannot be read. */
  read(): Promise<Settled>;
  /** False: it could not be written, and what was there may be there still. */
  write(settled: Settled): Promise<boolean>;
}
