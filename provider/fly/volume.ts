import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { VendorError } from "../http/vendor-error.ts";
import {
  type Call,
  HalfDone,
  type Known,
  type Observed,
  type ResourceType,
  type Existing,
} from "../plugin/resource-type.ts";
import type { Serving } from "../http/serving.ts";
import { appName } from "./app.ts";
import type { FlyClient } from "./client.ts";
import { flyErrors } from "./errors.ts";
import { imported } from "./imported.ts";
import { LOOK_LIMIT_MS, makeOnce } from "./make-once.ts";
import type { OwnApps } from "./own-apps.ts";
import { pollUntil } from "./poll.ts";
import type { FlyVolume, VolumeAddress } from "./volume-calls.ts";

const inputs = z.object({
  tenant: z
    .string()
    .min(1)
    .describe(
      "The tenant of the files. Changing it changes nothing at Fly. Default: the start of the resource's name.",
    ),
  app: appName.describe("Name of the app. Changing it replaces the volume; its files are not moved."),
  name: z
    .string()
    .regex(/^[a-z0-9_]{1,30}$/, "expected 1 to 30 characters a-z, 0-9 and _")
    .describe("Name of the volume, unique in the app. Changing it replaces the volume; its files are not moved."),
  region: z
    .string()
    .regex(/^[a-z]{3}$/, "expected a region code of three letters, like iad")
    .describe("Fly region of the machine. Changing it replaces the volume; its files are not moved."),
  sizeGb: z.int().min(1).max(500).describe("GB. Grows in place; a smaller number is refused."),
  encrypted: z
    .boolean()
    .default(true)
    .describe("Encrypted at rest. Default: true. Changing it replaces the volume; its files are not moved."),
  snapshotRetention: z
    .int()
    .min(1)
    .max(60)
    .default(5)
    .describe("Days that Fly keeps a snapshot. Default: 5. Changed in place, for snapshots taken from then on."),
  autoBackup: z
    .boolean()
    .default(true)
    .describe("Whether Fly takes a daily snapshot. Default: true. Changed in place."),
  deletable: z
    .boolean()
    .default(false)
    .describe(
      "Whether the volume may be deleted, with all files in it. Set it to true and apply it before the deletion. Default: false. Changing it changes nothing at Fly.",
    ),
  guest: z
    .strictObject({
      cpu_kind: z.enum(["shared", "performance"]),
      cpus: z.int().min(1),
      memory_mb: z.int().min(256),
    })
    .optional()
    .describe(
      "Size of the machine that will mount it: a volume ties its machine to one host, and Fly selects a host with this capacity. Used only at creation.",
    ),
});

/** Inputs of `tenantry:fly:Volume`; docs/resources.md describes each. */
export type VolumeInputs = z.infer<typeof inputs>;

/** Outputs of `tenantry:fly:Volume`. */
export interface VolumeState {
  /** Fly's id of the volume: what a machine's config mounts. */
  readonly volumeId: string;
}

/** Inputs whose change needs another volume. */
const PLACE = ["app", "name", "region", "encrypted"] as const;
/** How long a machine that was just destroyed may still hold it, in milliseconds. */
const HELD_LIMIT_MS = 30_000;

/**
 * `tenantry:fly:Volume`: a volume of an app, with its daily snapshots. Its id is `<app>/<volume id>`, also for an import. An
 * existing volume with its name in the app is adopted: the claim has already decided who owns the app. It is deleted only
 * after `deletable` was set in a step before; Fly then keeps it for 24 hours more. Source: Volumes_create, Volumes_update,
 * Volumes_extend.
 */
export function volumeType(
  client: FlyClient,
  apps: OwnApps,
  { lookMs = LOOK_LIMIT_MS }: { readonly lookMs?: number } = {},
): ResourceType<VolumeInputs, VolumeState> {
  return {
    token: "tenantry:fly:Volume",
    inputs,
    replaceOn: PLACE,
    outputs: ["volumeId"],
    check(news, olds) {
      if (olds === undefined || PLACE.some((key) => olds[key] !== news[key])) return news;
      refuseToShrink(news, olds.sizeGb);
      const { guest: _, ...rest } = news;
      return olds.guest === undefined ? rest : { ...rest, guest: olds.guest };
    },
    foresee: (_news, known) => known?.state ?? {},
    async create(news, call) {
      await apps.require(news, call);
      return create(client, lookMs, news, call);
    },
    read: (id, known, call) => read(client, apps, id, known, call),
    async update(id, known, news, call) {
      const at = addressOf(id);
      const volume = await client.volume(at, serving(news.tenant, call));
      if (volume === undefined)
        throw new TenantryError(flyErrors.FLY_VOLUME_GONE, `volume ${id}`, { tenant: news.tenant });
      await bring(client, at, volume, news, call, known.inputs);
      return known.state;
    },
    delete: (id, known, call) => remove(client, id, known.inputs, call),
  };
}

function addressOf(id: string): VolumeAddress {
  const [, app, volume] = /^([a-z0-9-]+)\/([A-Za-z0-9_]+)$/.exec(id) ?? [];
  if (app === undefined || volume === undefined) {
    throw new TenantryError(flyErrors.FLY_VOLUME_ID, `${JSON.stringify(id)} is not a volume id`);
  }
  return { app, volume };
}

function existingOf(app: string, { id }: FlyVolume): Existing<VolumeState> {
  return { id: `${app}/${id}`, state: { volumeId: id } };
}

/** Throws FLY_VOLUME_SHRINK. A size that a preview does not know yet is let pass. */
function refuseToShrink({ tenant, app, name, sizeGb }: VolumeInputs, existing: number): void {
  if (!(sizeGb < existing)) return;
  const what = `volume ${name} of app ${app} has ${existing} GB, declared are ${sizeGb}`;
  throw new TenantryError(flyErrors.FLY_VOLUME_SHRINK, what, { tenant });
}

async function create(
  client: FlyClient,
  lookMs: number,
  news: VolumeInputs,
  call: Call,
): Promise<Existing<VolumeState>> {
  const to = serving(news.tenant, call);
  const { made, isNew } = await makeOnce(
    {
      find: () => leftBehind(client, news, call, to),
      make: async () => ({
        made: await client.createVolume(news.app, { ...news, guest: news.guest }, to),
        isNew: true,
      }),
    },
    { signal: call.signal, lookMs },
  );
  const existing = existingOf(news.app, made);
  if (isNew) return existing;
  call.log("info", `volume ${existing.id} existed already, in our app: adopted`);
  try {
    await bring(client, addressOf(existing.id), made, news, call);
  } catch (error) {
    throw error instanceof Error ? new HalfDone(existing, error) : error;
  }
  return existing;
}

/** The volume of this name, other than the one that is being replaced. */
async function leftBehind(
  client: FlyClient,
  { app, name, region, encrypted, tenant }: VolumeInputs,
  call: Call,
  to: Serving,
): Promise<FlyVolume | undefined> {
  const found = await named(client, app, name, to, call.replaces);
  if (found === undefined || (found.region === region && found.encrypted === encrypted)) return found;
  const how = found.encrypted ? "encrypted" : "not encrypted";
  const what = `volume ${app}/${found.id} is in region ${found.region}, ${how}`;
  throw new TenantryError(flyErrors.FLY_VOLUME_ELSEWHERE, what, { tenant });
}

/** The one volume of a name. Throws FLY_VOLUME_DOUBLE. */
async function named(
  client: FlyClient,
  app: string,
  name: string,
  to: Serving,
  except?: string,
): Promise<FlyVolume | undefined> {
  const listed = (await client.volumes(app, to)).filter((each) => each.name === name && `${app}/${each.id}` !== except);
  // A list may be older than what it lists; a volume that is asked for itself is not.
  const live = await Promise.all(listed.map(({ id }) => client.volume({ app, volume: id }, to)));
  const all = live.filter((each) => each !== undefined);
  if (all.length < 2) return all[0];
  const ids = all.map(({ id }) => `${app}/${id}`).join(", ");
  throw new TenantryError(flyErrors.FLY_VOLUME_DOUBLE, `volumes ${ids}`, { tenant: to.tenant });
}

async function read(
  client: FlyClient,
  apps: OwnApps,
  id: string,
  known: Known<VolumeInputs, VolumeState> | undefined,
  call: Call,
): Promise<Observed<VolumeInputs, VolumeState> | undefined> {
  const at = addressOf(id);
  const to = serving(known?.inputs.tenant, call);
  const found = (await client.volume(at, to)) ?? (await movedByFly(client, apps, known?.inputs, at, call));
  if (found === undefined) return undefined;
  const { id: _, ...shown } = found;
  const { deletable = false, guest } = known?.inputs ?? {};
  const kept = { ...known?.inputs, deletable, ...(guest === undefined ? {} : { guest }) };
  return { ...existingOf(at.app, found), inputs: { ...kept, ...imported<VolumeInputs>({ app: at.app, ...shown }) } };
}

/** When Fly moves a machine to another host, its volume gets another id (Fly docs, "Machine migration"). */
async function movedByFly(
  client: FlyClient,
  apps: OwnApps,
  known: VolumeInputs | undefined,
  { app, volume }: VolumeAddress,
  call: Call,
): Promise<FlyVolume | undefined> {
  if (known === undefined || (await apps.isAnothers(known, call))) return undefined;
  const found = await named(client, app, known.name, serving(known.tenant, call));
  if (found !== undefined)
    call.log("info", `volume ${app}/${volume} is gone; ${found.id} has its name and replaces it`);
  return found;
}

/** Extends a volume and sets its backups, where they differ. */
async function bring(
  client: FlyClient,
  at: VolumeAddress,
  volume: FlyVolume,
  news: VolumeInputs,
  call: Call,
  olds: VolumeInputs = news,
): Promise<void> {
  const to = serving(news.tenant, call);
  refuseToShrink(news, volume.sizeGb);
  // A changed setting is always sent: Fly may show an outdated volume.
  const isOtherThan = (was: Pick<VolumeInputs, "snapshotRetention" | "autoBackup">) =>
    news.snapshotRetention !== was.snapshotRetention || news.autoBackup !== was.autoBackup;
  if (isOtherThan(olds) || isOtherThan(volume)) {
    await client.setBackups(at, news, to);
  }
  if (news.sizeGb === volume.sizeGb) return;
  const { needsRestart } = await client.extendVolume(at, news.sizeGb, to);
  if (!needsRestart) return;
  const how = `\`fly machine restart --app ${at.app}\``;
  call.log(
    "warning",
    `volume ${at.app}/${at.volume} has ${news.sizeGb} GB; its machine sees that after a restart: ${how}`,
  );
}

async function remove(client: FlyClient, id: string, { tenant, deletable }: VolumeInputs, call: Call): Promise<void> {
  const at = addressOf(id);
  const to = serving(tenant, call);
  if ((await client.volume(at, to)) === undefined) return;
  if (!deletable) throw new TenantryError(flyErrors.FLY_VOLUME_PROTECTED, `volume ${id} is protected`, { tenant });
  const outcome = await pollUntil(() => destroyUnlessHeld(client, at, to), {
    limitMs: HELD_LIMIT_MS,
    signal: to.signal,
  });
  // Still in use: Fly's refusal says by which machine.
  if (outcome === undefined) await client.destroyVolume(at, to);
}

/** Undefined while a machine has it, as one that was destroyed a moment ago may. */
async function destroyUnlessHeld(client: FlyClient, at: VolumeAddress, to: Serving): Promise<"gone" | undefined> {
  try {
    await client.destroyVolume(at, to);
    return "gone";
  } catch (error) {
    if (VendorError.hasStatus(error, 412)) return undefined;
    throw error;
  }
}

function serving(tenant: string | undefined, call: Call) {
  return { tenant, signal: call.signal };
}
