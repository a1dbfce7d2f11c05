import type * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { VendorError } from "../http/vendor-error.ts";
import type { VendorCall, VendorHttp } from "../http/vendor-http.ts";
import { tursoErrors } from "./errors.ts";
import { NAME } from "./names.ts";

/** Calls to Turso's platform API with their answers checked. */
export interface TursoApi {
  /** Throws TURSO_ANSWER when the answer does not have the form it must have. Fields that Turso adds are no fault. */
  ask<Schema extends z.ZodType>(call: VendorCall, schema: Schema): Promise<z.output<Schema>>;
  /** For a call without content in its answer. */
  tell(call: VendorCall): Promise<void>;
  /** Undefined when Turso clearly says that it does not exist. */
  find<Schema extends z.ZodType>(call: VendorCall, schema: Schema): Promise<z.output<Schema> | undefined>;
  /** For a deletion: something that is already gone is a success. */
  remove(call: VendorCall): Promise<void>;
  /**
   * A path below the organisation. Throws TURSO_NAME_INVALID for an invalid segment, so that `..` never reaches another
   * address.
   */
  path(...segments: string[]): string;
}

/** What operations are called in errors and limits begins with this. */
export const ORGANIZATION = "/v1/organizations/{org}";

/** Milliseconds that a creation may take: a seeded database is answered when its copy exists. */
export const CREATE_LIMIT_MS = 120_000;

/** The platform API over these calls, for one organisation: what it answers is checked. */
export function tursoApi(http: VendorHttp, organization: string): TursoApi {
  const api: TursoApi = {
    ask: async (call, schema) => parse(schema, (await http.call(call)).body, call),
    async tell(call) {
      await http.call(call);
    },
    async find(call, schema) {
      try {
        return await api.ask(call, schema);
      } catch (error) {
        if (isGone(error)) return undefined;
        throw error;
      }
    },
    async remove(call) {
      try {
        await http.call(call);
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    },
    path: (...segments) => ["/v1/organizations", encodeURIComponent(organization), ...segments.map(segment)].join("/"),
  };
  return api;
}

/** Every word of a path is a name, or a word of Turso's that looks like one. */
function segment(name: string): string {
  if (NAME.test(name)) return encodeURIComponent(name);
  throw new TenantryError(
    tursoErrors.TURSO_NAME_INVALID,
    `${JSON.stringify(name)} is not a name of a database or group`,
  );
}

/**
 * A 404 with Turso's own message about the requested resource. A 404 about the organisation, or a page of a proxy, does not
 * count: a misspelt organisation must not look like a deleted fleet.
 */
function isGone(error: unknown): boolean {
  if (!VendorError.hasStatus(error, 404)) return false;
  const inItsForm = typeof error.body === "object" && error.body !== null && "error" in error.body;
  return inItsForm && !/organi[sz]ation/i.test(error.said);
}

function parse<Schema extends z.ZodType>(schema: Schema, body: unknown, call: VendorCall): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  // Only the places: the values may be secret.
  const places = parsed.error.issues.map(({ path }) => path.join(".") || "the whole answer").join(", ");
  const { resource, tenant, operation } = call;
  throw new TenantryError(tursoErrors.TURSO_ANSWER, `not as documented: ${places}`, {
    resource,
    tenant,
    call: operation,
  });
}
