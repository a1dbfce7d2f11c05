import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { httpErrors } from "../http/errors.ts";
import { VendorError } from "../http/vendor-error.ts";
import type { VendorCall, VendorHttp } from "../http/vendor-http.ts";
import { flyErrors } from "./errors.ts";
import { wantOfRoom } from "./refusals.ts";

/** Calls to Fly with their answers checked. */
export interface FlyApi {
  /** Throws FLY_ANSWER when the answer does not have the form it must have. Fields that Fly adds are no fault. */
  ask<Schema extends z.ZodType>(call: VendorCall, schema: Schema): Promise<z.output<Schema>>;
  /** For a call without content in its answer. */
  tell(call: VendorCall): Promise<void>;
  /** Undefined when Fly clearly says that it does not exist. */
  find<Schema extends z.ZodType>(call: VendorCall, schema: Schema): Promise<z.output<Schema> | undefined>;
  /** For a deletion: something that is already gone is a success. */
  remove(call: VendorCall): Promise<void>;
}

/** The Machines API over these calls: checks its answers and turns its refusals into our errors. */
export function flyApi(vendor: VendorHttp): FlyApi {
  const http: VendorHttp = {
    async call(call) {
      try {
        return await vendor.call(call);
      } catch (error) {
        throw wantOfRoom(error, call) ?? error;
      }
    },
  };
  const isGone = async (error: unknown, call: VendorCall) =>
    saysGone(error) || (await isOfDeletedApp(http, error, call));
  const api: FlyApi = {
    ask: async (call, schema) => parse(schema, (await http.call(call)).body, call),
    async tell(call) {
      await http.call(call);
    },
    async find(call, schema) {
      try {
        return await api.ask(call, schema);
      } catch (error) {
        if (await isGone(error, call)) return undefined;
        throw error;
      }
    },
    async remove(call) {
      try {
        await http.call(call);
      } catch (error) {
        if (!(await isGone(error, call))) throw error;
      }
    },
  };
  return api;
}

/** The path of an app, or of something in it. Refuses an invalid name, so that `..` never reaches another address. */
export function appPath(app: string, ...rest: string[]): string {
  const segments = [app, ...rest].map((segment) => {
    if (/^[A-Za-z0-9_.:-]+$/.test(segment) && !/^\.+$/.test(segment)) return encodeURIComponent(segment);
    throw new TenantryError(flyErrors.FLY_ANSWER, `${JSON.stringify(segment)} is not a name or id of Fly`);
  });
  return `/v1/apps/${segments.join("/")}`;
}

/** Whether no answer arrived in time: then the call may still take effect later. */
export function isStillOpen(error: unknown): boolean {
  if (!TenantryError.is(error, httpErrors.VENDOR_UNREACHABLE)) return false;
  const { cause } = error.context;
  return cause instanceof Error && cause.name === "TimeoutError";
}

/** Fly's services use different fields for their messages. Source: fly-go, handleAPIError. */
const inItsForm = z.union([z.object({ error: z.string() }), z.object({ message: z.string() })]);

/**
 * A 404 in Fly's own form. A 404 of the router for an unknown route, or a proxy's page, does not show that a resource does
 * not exist.
 */
function saysGone(error: unknown): boolean {
  return VendorError.hasStatus(error, 404) && inItsForm.safeParse(error.body).success;
}

/** For a deleted app flaps answers 400 "could not find app". Only the platform's own 404 is certain. */
async function isOfDeletedApp(http: VendorHttp, error: unknown, call: VendorCall): Promise<boolean> {
  const [, app] = /^\/v1\/apps\/([^/?]+)\//.exec(call.path) ?? [];
  if (app === undefined || !VendorError.hasStatus(error, 400) || !/not find|not found/i.test(error.said)) return false;
  try {
    const { signal, tenant, resource } = call;
    await http.call({
      operation: "GET /v1/apps/{app}",
      method: "GET",
      path: `/v1/apps/${app}`,
      signal,
      tenant,
      resource,
    });
    return false;
  } catch (refusal) {
    return saysGone(refusal);
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, body: unknown, call: VendorCall): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  // Only the places: the values may be secret.
  const places = parsed.error.issues.map(({ path }) => path.join(".") || "the whole answer").join(", ");
  const { resource, tenant, operation } = call;
  throw new TenantryError(flyErrors.FLY_ANSWER, `not as documented: ${places}`, { resource, tenant, call: operation });
}
