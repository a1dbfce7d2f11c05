import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { httpErrors } from "../http/errors.ts";
import { VendorError } from "../http/vendor-error.ts";
import type { VendorCall } from "../http/vendor-http.ts";
import type { Serving } from "../http/serving.ts";
import { appPath, type FlyApi } from "./api.ts";
import { pollUntil } from "./poll.ts";

/** An app as Fly shows it. */
export interface FlyApp {
  /** Fly's own id: an app created again under the same name has another. */
  readonly id: string;
  readonly name: string;
  /** Slug of the organisation. */
  readonly organization: string;
  /** Undefined when this answer does not show it. */
  readonly network: string | undefined;
}

/** Calls for apps. */
export interface AppCalls {
  createApp(app: Omit<FlyApp, "id" | "network"> & { network: string }, serving: Serving): Promise<void>;
  /**
   * Resolves when the app service and the machine service both know a new app, or after a minute: until then they answer 404
   * or 401.
   */
  untilKnown(name: string, serving: Serving): Promise<void>;
  /** Undefined for a clear 404. Throws a 403 when another organisation has the name. */
  app(name: string, serving: Serving): Promise<FlyApp | undefined>;
  /** The private network of an app. Undefined when Fly shows it nowhere. */
  networkOf(app: FlyApp, serving: Serving): Promise<string | undefined>;
  /** Fly accepts the deletion and performs it later. */
  deleteApp(name: string, serving: Serving): Promise<void>;
}

const appAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    organization: z.object({ slug: z.string() }),
    network: z.string().nullish(),
  })
  .transform(({ id, name, organization, network }): FlyApp => ({
    id,
    name,
    organization: organization.slug,
    network: network === null || network === "" ? undefined : network,
  }));

/**
 * The apps of an organisation. Fly's documents disagree on whether the list contains the organisation; it is the requested
 * one.
 */
export function appsAnswer(organization: string) {
  const whose = { slug: organization };
  const listed = z.looseObject({}).transform((app) => ({ ...app, organization: app["organization"] ?? whose }));
  return z.object({ apps: z.array(listed.pipe(appAnswer)) });
}

/** The calls for apps over HTTP. Source: Machines API, /v1/apps. */
export function appCalls(api: FlyApi): AppCalls {
  const context = (name: string, serving: Serving) => ({ resource: `app ${name}`, ...serving });
  return {
    async createApp({ name, organization, network }, serving) {
      const call = {
        operation: "POST /v1/apps",
        method: "POST",
        // fly-go requests this, and still waits afterwards.
        path: "/v1/apps?wait=true",
        json: { name, org_slug: organization, network },
        // A repeat after a success answers 422 or 409; then the claim shows the app's owner.
        idempotent: true,
        ...context(name, serving),
      } as const;
      await patiently(() => api.tell(call));
    },
    async untilKnown(name, serving) {
      const machines = appPath(name, "machines");
      const platform = { operation: "GET /v1/apps/{app}", method: "GET", path: appPath(name) } as const;
      const flaps = { operation: "GET /v1/apps/{app}/machines", method: "GET", path: machines } as const;
      for (const call of [platform, flaps]) {
        const ask = () => isKnown(api, { ...call, ...context(name, serving) });
        await pollUntil(ask, { limitMs: UNKNOWN_LIMIT_MS, signal: serving.signal });
      }
    },
    app: (name, serving) =>
      api.find(
        { operation: "GET /v1/apps/{app}", method: "GET", path: appPath(name), ...context(name, serving) },
        appAnswer,
      ),
    networkOf: networks(api),
    async deleteApp(name, serving) {
      const path = appPath(name);
      await api.remove({ operation: "DELETE /v1/apps/{app}", method: "DELETE", path, ...context(name, serving) });
    },
  };
}

/** Milliseconds for which a new app may be unknown: as long as flyctl waits. */
const UNKNOWN_LIMIT_MS = 60_000;

/** Undefined: not yet. For a name that was used before, the machine service answers 400. */
async function isKnown(api: FlyApi, call: VendorCall): Promise<true | undefined> {
  try {
    await api.tell(call);
    return true;
  } catch (error) {
    if (VendorError.hasStatus(error, 400, 401, 404)) return undefined;
    throw error;
  }
}

const ROUNDS = 10;

/**
 * Fly does not say whether it limits the creation of apps per organisation. If it does, many concurrent tenants are created
 * one per second, and a call waits longer for its turn than the client's retries last.
 */
async function patiently(work: () => Promise<void>): Promise<void> {
  for (let round = 1; ; round += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (!TenantryError.is(error, httpErrors.VENDOR_THROTTLED) || round === ROUNDS) throw error;
    }
  }
}

/**
 * Fly documents only the list of all apps as the way to read an app's network. It never changes for an app's id, so one list
 * serves all concurrent and later reads.
 */
function networks(api: FlyApi): AppCalls["networkOf"] {
  const known = new Map<string, string | undefined>();
  let underWay: Promise<void> | undefined;
  const list = async (app: FlyApp, serving: Serving) => {
    const path = `/v1/apps?${new URLSearchParams({ org_slug: app.organization }).toString()}`;
    const call = { operation: "GET /v1/apps", method: "GET", path, resource: `app ${app.name}`, ...serving } as const;
    const { apps } = await api.ask(call, appsAnswer(app.organization));
    for (const { id, network } of apps) known.set(id, network);
  };
  const refresh = (app: FlyApp, serving: Serving) => {
    underWay ??= list(app, serving).finally(() => (underWay = undefined));
    return underWay;
  };
  return async (app, serving) => {
    if (app.network !== undefined) return app.network;
    // A list in progress may be older than the app; the next one is not.
    for (let tries = 0; tries < 2 && !known.has(app.id); tries += 1) await refresh(app, serving);
    return known.get(app.id);
  };
}
