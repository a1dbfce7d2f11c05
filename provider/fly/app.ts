import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { VendorError } from "../http/vendor-error.ts";
import type { Call, ResourceType } from "../plugin/resource-type.ts";
import { claimOn, lookUp, otherOrganization } from "./claims.ts";
import type { FlyApp } from "./app-calls.ts";
import type { FlyClient } from "./client.ts";
import { flyErrors } from "./errors.ts";
import { imported } from "./imported.ts";
import type { OwnApps } from "./own-apps.ts";
import { pollUntil } from "./poll.ts";

/** A name of an app: a DNS label. Fly itself accepts longer names and then cannot serve them (flyctl issue 4283). */
export const appName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "expected 1 to 63 characters a-z, 0-9 and inner dashes");

const inputs = z.object({
  tenant: z
    .string()
    .min(1)
    .describe(
      "The tenant whose app this is. Changing it changes nothing at Fly. Default: the start of the resource's name.",
    ),
  claim: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Physical name of the tenant's bucket at Tigris, which is the claim on all of the tenant's resources: an existing app is adopted only while this claim holds. Without it, the app itself is the claim: an existing app is adopted only on the declared network. Changing it changes nothing at Fly.",
    ),
  name: appName.describe("Name of the app, unique at Fly. Changing it replaces the app."),
  organization: z.string().min(1).describe("Slug of the Fly organisation. Changing it replaces the app."),
  network: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]*$/, "expected letters, digits and dashes, starting with a letter")
    .describe(
      "Private network (6PN) of the app; apps on different networks cannot reach each other. Fly cannot move an app: " +
        "changing it replaces the app.",
    ),
});

/** Inputs of `tenantry:fly:App`; docs/resources.md describes each. */
export type AppInputs = z.infer<typeof inputs>;
/** An app has no state beyond its inputs. */
export type AppState = Record<string, never>;

/** How long an app with an existing name may be unknown, in milliseconds: a killed run may have just created it. */
const FRESH_LIMIT_MS = 10_000;
/** How long Fly may take to carry out a deletion, in milliseconds. */
const GONE_LIMIT_MS = 60_000;

/** `tenantry:fly:App`: an app on a network of its own. Its id is its name. Source: Machines API, Apps_create. */
export function appType(client: FlyClient, apps: OwnApps): ResourceType<AppInputs, AppState> {
  return {
    token: "tenantry:fly:App",
    inputs,
    replaceOn: ["name", "organization", "network"],
    deleteBeforeReplace: true,
    outputs: [],
    async create(app, call) {
      try {
        await client.createApp(app, serving(app, call));
      } catch (error) {
        if (!VendorError.hasStatus(error, 409, 422)) throw error;
        await adopt(client, app, call, error);
        apps.noteAdopted(app.name);
      }
      apps.note(app.name);
      await client.untilKnown(app.name, serving(app, call));
      return { id: app.name, state: {} };
    },
    async read(id, known, call) {
      const found = await client.app(id, { signal: call.signal, tenant: known?.inputs.tenant });
      if (found === undefined) return undefined;
      const shown = await client.networkOf(found, { signal: call.signal });
      if (known !== undefined && isAnother(found, shown, known.inputs)) return undefined;
      const network = shown ?? known?.inputs.network;
      if (network === undefined) throw new TenantryError(flyErrors.FLY_ANSWER, `app ${id}: Fly shows no network`);
      const { name, organization } = found;
      return { id, state: {}, inputs: { ...known?.inputs, ...imported<AppInputs>({ name, organization, network }) } };
    },
    // Only the tenant or the claim changed: Fly knows neither.
    update: (_id, known) => Promise.resolve(known.state),
    async delete(id, known, call) {
      const to = serving(known.inputs, call);
      const found = await client.app(id, to);
      const shown = found && (await client.networkOf(found, to));
      if (found !== undefined && isAnother(found, shown, known.inputs)) {
        call.log(
          "warning",
          `app ${id} stays: ours does not exist any more, and another app, on network ${shown ?? ""}, has its name`,
        );
        return;
      }
      await deleteEmpty(client, id, to);
    },
  };
}

/** Fly never moves an app between networks: ours is gone, and somebody has created another one with its name. */
function isAnother(
  found: FlyApp,
  shown: string | undefined,
  ours: Pick<AppInputs, "organization" | "network">,
): boolean {
  return found.organization === ours.organization && shown !== undefined && shown !== ours.network;
}

/** Adopts the app that already has the name, if it is ours. */
async function adopt(client: FlyClient, app: AppInputs, call: Call, refusal: VendorError): Promise<void> {
  const to = serving(app, call);
  const found = await pollUntil(() => lookUp(client, app.name, to), {
    limitMs: /taken|exists/i.test(refusal.said) ? FRESH_LIMIT_MS : 0,
    signal: to.signal,
  });
  if (found === undefined) throw refusal;
  const holder = otherOrganization(found, app) ?? (await holderByClaim(client, app, call));
  if (holder !== undefined) throw taken(app, holder, call);
  const network = found === "foreign" ? undefined : await client.networkOf(found, to);
  if (network !== undefined && network !== app.network) {
    throw new TenantryError(
      flyErrors.FLY_OTHER_NETWORK,
      `app ${app.name} is on network ${network}, not ${app.network}`,
      { tenant: app.tenant },
    );
  }
  call.log("info", `app ${app.name} existed already, under our claim: adopted`);
}

/** The holder of the claim, as far as it is known; undefined if it is ours. */
async function holderByClaim(client: FlyClient, app: AppInputs, call: Call): Promise<string | undefined> {
  const { claim, tenant } = app;
  const state =
    claim === undefined
      ? await claimOn(client, app.name, app, serving(app, call))
      : await call.claims.read(claim, call.owner(tenant));
  switch (state.held) {
    case "by-us":
      return undefined;
    case "by-other":
      return claim === undefined ? state.who : `${state.who}, who has the claim ${claim}`;
    case "by-nobody":
      return `an unknown owner: the claim ${claim ?? app.name} has no mark`;
    case "gone":
      return `an unknown owner: the claim ${claim ?? app.name} does not exist`;
  }
}

function taken(app: AppInputs, holder: string, call: Call): TenantryError {
  return new TenantryError(flyErrors.FLY_NAME_TAKEN, `the app name ${app.name} is taken by ${holder}`, {
    resource: `app ${app.name}`,
    tenant: app.tenant,
    next: `Choose another prefix or tenant id; or, if the app is yours, take it over on purpose with\n    ${call.importLine(app.name)}`,
  });
}

/** Deletes an empty app. Otherwise Fly would also delete its machines and volumes. */
async function deleteEmpty(client: FlyClient, app: string, to: ReturnType<typeof serving>): Promise<void> {
  const [machines, volumes] = await Promise.all([client.machineIds(app, to), client.volumes(app, to)]);
  // A list may still show what was just destroyed; a read of the machine or volume itself is current.
  const existing = await Promise.all([
    ...machines.map(async (id) =>
      (await client.machine({ app, machine: id }, to)) === undefined ? [] : [`machine ${id}`],
    ),
    ...volumes.map(async ({ id }) =>
      (await client.volume({ app, volume: id }, to)) === undefined ? [] : [`volume ${id}`],
    ),
  ]);
  const left = existing.flat();
  if (left.length > 0) {
    const what = `app ${app} still has ${left.join(", ")}`;
    throw new TenantryError(flyErrors.FLY_APP_NOT_EMPTY, what, { tenant: to.tenant });
  }
  await client.deleteApp(app, to);
  const gone = await pollUntil(async () => ((await client.app(app, to)) === undefined ? true : undefined), {
    limitMs: GONE_LIMIT_MS,
    signal: to.signal,
  });
  if (gone === undefined) {
    throw new TenantryError(flyErrors.FLY_STILL_THERE, `app ${app} still exists`, { tenant: to.tenant });
  }
}

function serving({ tenant }: Pick<AppInputs, "tenant">, call: Call) {
  return { tenant, signal: call.signal };
}
