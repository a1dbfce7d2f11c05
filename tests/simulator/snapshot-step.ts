import { physicalNames } from "../../tenants/physical-name.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { CountingApp } from "./counting-app.ts";
import type { Move } from "./scenario.ts";
import { type Instant, restoreTo, snapshotOf } from "./snapshot-verbs.ts";
import type { Team } from "./team.ts";
import { type Bucket, storedObject } from "./vendors/tigris.ts";
import type { Database } from "./vendors/turso.ts";
import type { VirtualTime } from "./virtual-time.ts";
import type { World } from "./world.ts";

/** Whose snapshot is taken, and where. */
export interface Scene {
  readonly world: World;
  readonly time: VirtualTime;
  readonly team: Team;
  readonly tenant: Tenant;
  /** After which nothing is on its way any more. */
  readonly restMs: number;
}

/** A tenant's files and rows, as the vendors have them. */
interface Holdings {
  readonly bucket: Bucket;
  readonly database: Database;
}

/** What is asked of a snapshot in a move. */
type Wish = NonNullable<Move["cut"]>;

/**
 * A snapshot while an app writes, and perhaps a restore from it, of a tenant whose files and rows can be had at one instant.
 * Undefined: all is well.
 */
export async function playSnapshot(scene: Scene, { trouble }: Move, wish: Wish): Promise<string | undefined> {
  const holdings = holdingsOf(scene);
  if (holdings === undefined) return undefined;
  const { bucket } = holdings;
  const before = new Map(bucket.objects);
  bucket.objects.set(LOST, storedObject("lost", scene.time.now()));
  bucket.objects.set(EDITED, storedObject("first", scene.time.now()));
  scene.world.network.trouble = trouble;
  const taken = await cut(scene, holdings, trouble, wish);
  const wrong =
    typeof taken === "string" || taken === undefined || wish.restore === undefined
      ? taken
      : await restored(scene, holdings, taken, wish.restore);
  // What the app has written goes again, so that all is as one that was made at once.
  bucket.objects.clear();
  for (const [key, object] of before) bucket.objects.set(key, object);
  return typeof wrong === "string" ? wrong : undefined;
}

const LOST = "lost.md";
const EDITED = "edited.md";

function holdingsOf({ world: { tables }, team }: Scene): Holdings | undefined {
  const names = physicalNames({ ...team.settings, stack: "local", tenant: "acme" });
  const [bucket, database] = [tables.storage.buckets.get(names.bucket), tables.turso.databases.get(names.database)];
  const held = new Set(team.state.map(({ id }) => id));
  if (bucket?.settings.type !== 1 || bucket.isDeleted || !held.has(names.bucket)) return undefined;
  if (database === undefined || database.configuration.block_writes || !held.has(names.database)) return undefined;
  return { bucket, database };
}

/** Undefined: it failed, as it may in bad weather. */
async function cut(
  { world, time, team, tenant }: Scene,
  { bucket, database }: Holdings,
  trouble: number,
  { kill }: Wish,
): Promise<Instant | string | undefined> {
  if (kill !== undefined) world.plan.push({ at: world.network.count + kill, act: () => team.kill() });
  const app = new CountingApp(time, bucket, database);
  app.start();
  const asked = { tenant, bucket: bucket.name, database: database.name };
  const snap = team.verb((clients, signal) => snapshotOf(clients, { ...asked, signal }));
  const ended = await time.until(snap, team.limitMs);
  app.stop();
  world.plan = [];
  const isCalm = trouble === 0 && kill === undefined;
  if (ended === undefined || "error" in ended)
    return isCalm ? `a snapshot fails: ${ended?.error.message ?? "it was killed"}` : undefined;
  if (isCalm && database.configuration.block_writes) return "after a snapshot the database still refuses writes";
  const { version, at } = ended.result;
  const apart = app.apart(version, at);
  if (apart !== undefined && Math.abs(apart) <= 1) return ended.result;
  return `a snapshot has a file that is ${apart ?? "?"} writes away from its row`;
}

/** A file is lost and another edited; a restore is disturbed; the next brings back what is lost and leaves the edit. */
async function restored(
  { world, time, team, tenant, restMs }: Scene,
  { bucket, database }: Holdings,
  instant: Instant,
  { kill }: NonNullable<Wish["restore"]>,
): Promise<string | undefined> {
  const { network } = world;
  bucket.objects.delete(LOST);
  bucket.objects.set(EDITED, storedObject("second", time.now()));
  const asked = { tenant, bucket: bucket.name, database: database.name };
  const restore = () =>
    time.until(
      team.verb((clients, signal) => restoreTo(instant, clients, { ...asked, signal }, world)),
      team.limitMs,
    );
  if (kill !== undefined) world.plan.push({ at: network.count + kill, act: () => team.kill() });
  await restore();
  world.plan = [];
  network.trouble = 0;
  await time.pass(restMs);
  const ended = await restore();
  if (ended === undefined || "error" in ended) return `a restore fails: ${ended?.error.message ?? "it was killed"}`;
  const failed = Object.keys(ended.result.failed);
  if (failed.length > 0) return `a restore has not brought back ${failed.join(", ")}`;
  const has = (key: string) => bucket.objects.get(key)?.content;
  if (has(LOST) !== "lost") return "a restore has not brought back what was lost";
  if (has(EDITED) !== "second") return "a restore has written over an edit";
  if (has(`${ended.result.beside}${EDITED}`) !== "first")
    return "a restore has not laid the older version beside an edit";
  return undefined;
}
