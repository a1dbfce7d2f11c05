import * as z from "zod";

import { appId, numericId } from "./identifiers.ts";
import { type Call, empty, type FlyOperation, json } from "./operation.ts";
import { DEFAULT_NETWORK, ORGANIZATION, ownOrganization } from "./organization.ts";
import type { Platform } from "./platform.ts";
import { Refusal, type Service } from "./refusal.ts";
import { keyOf, partsOf, type Tables } from "./tables.ts";
import { withoutNulls } from "./without-nulls.ts";
import type { AppRecord } from "./records.ts";

/** Longer names pass at Fly but break as DNS labels (flyctl issue 4283); flyctl cuts its own at 63. */
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const NETWORK = /^[a-zA-Z](?:[a-zA-Z0-9-]*)$/;

// Fly's docs say `app_name`, its OpenAPI file and fly-go say `name`; both work.
const createSchema = z.preprocess(
  withoutNulls,
  z.object({
    app_name: z.string().optional(),
    name: z.string().optional(),
    org_slug: z.string().optional(),
    network: z.string().optional(),
  }),
);

/**
 * The app that a call names. Throws 404 for a name never used, 403 for an app of another organisation, and for an app that
 * was deleted what Fly says: 404 in the platform, but in flaps a 400 "could not find app".
 */
export function appOf({ tables, switches, clock }: Platform, call: Call, service: Service): AppRecord {
  const name = call.param("app");
  const app = tables.apps.get(name);
  const unknownMs = switches.read(service === "flaps" ? "appUnknownToFlapsMs" : "appUnknownMs");
  const isFresh = app !== undefined && clock().getTime() - app.createdAt < unknownMs;
  if (isFresh && switches.read("unknownAppStatus") === "401") throw new Refusal(401, "Unauthorized");
  if (app !== undefined && !isFresh) return app;
  if (tables.foreignApps.get(name) !== undefined) throw new Refusal(403, "not authorized to access this app");
  if (service === "flaps" && tables.deletedApps.get(name) !== undefined) throw new Refusal(400, "could not find app");
  throw new Refusal(404, service === "flaps" ? "app not found" : "Could not find App");
}

/**
 * Apps. A name is free again once its app is deleted, as at Fly; who must not meet somebody else's app under a name of his
 * own never uses a name twice.
 */
export function appOperations(platform: Platform): FlyOperation[] {
  const { tables, switches } = platform;
  return [
    {
      name: "POST /v1/apps",
      service: "platform",
      countedBy: async (call) => nameIn(await call.body(createSchema)),
      async handle(call) {
        const request = await call.body(createSchema);
        const app = createApp(platform, nameIn(request), request);
        return json({ id: app.id, created_at: app.createdAt }, 201);
      },
    },
    {
      name: "GET /v1/apps",
      service: "platform",
      limit: "none",
      handle(call) {
        ownOrganization(call.query("org_slug"));
        const brief = switches.read("appListWithoutOrganization");
        const apps = tables.apps.entries().map(([, app]) => (brief ? listedBriefly : listed)(tables, app));
        return json({ total_apps: apps.length, apps });
      },
    },
    {
      name: "GET /v1/apps/{app}",
      service: "platform",
      handle: (call) => json(shown(tables, appOf(platform, call, "platform"))),
    },
    {
      name: "DELETE /v1/apps/{app}",
      service: "platform",
      limit: "appDeletion",
      countedBy: () => ORGANIZATION.slug,
      async handle(call) {
        await deleteApp(platform, appOf(platform, call, "platform"));
        return empty(202);
      },
    },
  ];
}

function nameIn(request: z.infer<typeof createSchema>): string {
  return request.app_name ?? request.name ?? "";
}

function createApp(
  { store, tables, clock }: Platform,
  name: string,
  request: { org_slug?: string | undefined; network?: string | undefined },
): AppRecord {
  ownOrganization(request.org_slug);
  if (!NAME.test(name)) {
    throw new Refusal(
      422,
      "Validation failed: Name must be at most 63 characters of a-z, 0-9 and inner dashes (RFC 1123 label)",
    );
  }
  // fly-go sends every field, empty ones too.
  const network = request.network === undefined || request.network === "" ? DEFAULT_NETWORK : request.network;
  if (!NETWORK.test(network)) throw new Refusal(422, "Validation failed: Network must start with a letter");
  if (tables.apps.get(name) !== undefined || tables.foreignApps.get(name) !== undefined) {
    throw new Refusal(422, "Validation failed: Name has already been taken", "name_taken");
  }
  const app = { id: appId(), numericId: numericId(), name, network, createdAt: clock().getTime(), secretsVersion: 0 };
  store.atomically(() => {
    tables.apps.put(name, app);
    tables.deletedApps.remove(name);
  });
  return app;
}

/** Everything of the app goes with it: machines, volumes, addresses, secrets and deploy tokens. */
async function deleteApp(
  { store, tables, motion, clock, running, leftovers }: Platform,
  app: AppRecord,
): Promise<void> {
  const machines = partsOf(tables.machines, app);
  store.atomically(() => {
    for (const part of [tables.secrets, tables.machines, tables.volumes, tables.snapshots, tables.addresses]) {
      for (const [key] of part.entries(keyOf(app, ""))) part.remove(key);
    }
    for (const [key, token] of tables.tokens.entries()) if (token.app === app.id) tables.tokens.remove(key);
    tables.apps.remove(app.name);
    tables.deletedApps.put(app.name, { at: clock().toISOString() });
  });
  await motion.abandon(machines);
  await running?.proxy?.refresh();
  await leftovers.sweep();
}

function counts(tables: Tables, app: AppRecord) {
  return {
    machine_count: partsOf(tables.machines, app).filter(({ state }) => state !== "destroyed").length,
    volume_count: partsOf(tables.volumes, app).filter(({ state }) => state === "created").length,
  };
}

function listed(tables: Tables, app: AppRecord) {
  return {
    id: app.id,
    internal_numeric_id: app.numericId,
    name: app.name,
    network: app.network,
    organization: organizationOf(),
    status: statusOf(tables, app),
    ...counts(tables, app),
  };
}

function listedBriefly(tables: Tables, app: AppRecord) {
  return { id: app.id, name: app.name, network: app.network, ...counts(tables, app) };
}

// The network is in the list only: Fly documents the list as the way to read it.
function shown(tables: Tables, app: AppRecord) {
  return {
    id: app.id,
    internal_numeric_id: app.numericId,
    name: app.name,
    organization: organizationOf(),
    status: statusOf(tables, app),
    ...counts(tables, app),
  };
}

/** As Fly names it: `pending` before the first machine, then `deployed` or `suspended`. */
export function statusOf(tables: Tables, app: AppRecord): string {
  const states = partsOf(tables.machines, app).map(({ state }) => state);
  if (states.every((state) => state === "destroyed")) return "pending";
  return states.some((state) => state !== "suspended" && state !== "destroyed") ? "deployed" : "suspended";
}

function organizationOf() {
  return { name: ORGANIZATION.name, slug: ORGANIZATION.slug, internal_numeric_id: ORGANIZATION.numericId };
}
