import type { AppRecord, FlyTables } from "./fly-records.ts";
import { type Call, json, Refusal } from "./vendor.ts";

/** A refusal of the service of apps and addresses. */
export const platformRefusal = (status: number, message: string, code?: string) =>
  new Refusal(json(status, { message, ...(code === undefined ? {} : { status: code }) }));

/** A refusal of flaps, the service of machines, volumes and secrets. */
export const flapsRefusal = (status: number, error: string) => new Refusal(json(status, { error, status: "unknown" }));

/** The app that a call names. */
export function appOf(tables: FlyTables, call: Call, service: "flaps" | "platform" = "flaps"): AppRecord {
  const name = call.params["app"] ?? "";
  const app = tables.apps.get(name);
  if (app !== undefined) return app;
  const refuse = service === "flaps" ? flapsRefusal : platformRefusal;
  if (tables.foreign.has(name)) throw refuse(403, "not authorized to access this app");
  if (service === "flaps" && tables.deleted.has(name)) throw refuse(400, "could not find app");
  throw refuse(404, service === "flaps" ? "app not found" : "Could not find App");
}
