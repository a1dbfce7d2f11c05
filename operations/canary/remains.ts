import { OWNER_TAG, type Owner, ownerMark } from "../../resource-kinds/claim.ts";
import { networkName } from "../../tenants/physical-name.ts";
import { bucketNamedIn } from "../../provider/tigris/access-key-names.ts";
import { canaryOf } from "./names.ts";
import type { Kind, Room, Thing } from "./room.ts";

/** Something of a canary that exists at a vendor. */
export interface Remain extends Thing {
  readonly owner: Owner;
}

/** Everything at the vendors that canaries of this stack created, by name and mark. Throws if a list fails. */
export async function remains(room: Room): Promise<Remain[]> {
  const { tigris, turso, fly, accounts, names, state } = room;
  const [buckets, keys, policies, apps, databases, groups, objects] = await Promise.all([
    tigris.buckets.names(room),
    tigris.iam.keys(room),
    tigris.iam.policies(room),
    fly.appsOf(accounts.fly.organization, room),
    turso.databases(room),
    turso.groups(room),
    state?.names() ?? [],
  ]);
  const ours = (kind: Kind, found: readonly string[]): Remain[] =>
    found.flatMap((name) => {
      // The provider names keys and policies after the bucket that they open.
      const owner = canaryOf(bucketNamedIn(name) ?? name, names.owner);
      return owner === undefined ? [] : [{ kind, name, owner }];
    });
  const named = (kind: Kind, found: readonly { readonly name: string }[]) =>
    ours(
      kind,
      found.map(({ name }) => name),
    );
  const marked = [
    ...(await kept(ours("bucket", buckets), (remain) => isMarkedBucket(room, remain))),
    ...(await kept(named("app", apps), (remain) => isMarkedApp(room, remain))),
  ];
  return [
    ...marked,
    ...named("access key", keys),
    ...named("policy", policies),
    ...named("database", databases),
    ...named("group", groups),
    ...ours("state object", objects),
  ];
}

/** A bucket has its owner's mark, or none: a canary that was killed may not have set it. */
async function isMarkedBucket({ tigris }: Room, { name, owner }: Remain): Promise<boolean> {
  const found = await tigris.buckets.tags(name, {});
  if (!("tags" in found)) return false;
  const mark = found.tags[OWNER_TAG];
  return mark === undefined ? Object.keys(found.tags).length === 0 : mark === ownerMark(owner);
}

/** Fly sets an app's network when it creates the app. */
async function isMarkedApp({ fly }: Room, { name, owner }: Remain): Promise<boolean> {
  const app = await fly.app(name, {});
  return app !== undefined && (await fly.networkOf(app, {})) === networkName({ app: name, ...owner });
}

async function kept(found: readonly Remain[], isOurs: (remain: Remain) => Promise<boolean>): Promise<Remain[]> {
  const verdicts = await Promise.all(found.map(isOurs));
  return found.filter((_, place) => verdicts[place]);
}
