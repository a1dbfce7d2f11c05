import { flyClient } from "../../provider/fly/client.ts";
import { tigrisClient } from "../../provider/tigris/client.ts";
import { tursoClient } from "../../provider/turso/client.ts";
import type { Accounts } from "../../stack/accounts.ts";
import type { Inventory } from "./inventory.ts";

/**
 * Removes deleted resources from an inventory: a list is a point in time and may still show what was just deleted (Fly's
 * Machines_org_list says so; Tigris' list of buckets is eventually consistent), while a read of the resource itself is
 * current. It reads only what `isSuspect` selects. What cannot be read stays: unknown is not gone.
 */
export async function withoutGone(
  accounts: Accounts,
  inventory: Inventory,
  isSuspect: (id: string) => boolean,
): Promise<Inventory> {
  const tigris = tigrisClient(accounts.tigris);
  const turso = tursoClient(accounts.turso);
  const fly = flyClient(accounts.fly);
  const existing = async <Item>(
    items: readonly Item[],
    idOf: (item: Item) => string,
    ask: (item: Item) => Promise<unknown>,
  ): Promise<Item[]> => {
    const asked = items.map(async (item) => {
      if (!isSuspect(idOf(item))) return [item];
      // What fails to answer is not known to be gone.
      const found = await ask(item).catch(() => item);
      return found === undefined ? [] : [item];
    });
    return (await Promise.all(asked)).flat();
  };
  const id = (item: { readonly id: string }) => item.id;
  const name = (item: { readonly name: string }) => item.name;
  const bucket = async (each: string) => ("gone" in (await tigris.buckets.tags(each, {})) ? undefined : each);
  const [buckets, databases, apps, machines, volumes] = await Promise.all([
    existing(
      [...inventory.buckets],
      ([each]) => each,
      ([each]) => bucket(each),
    ),
    existing(inventory.databases, name, (each) => turso.database(each.name, {})),
    existing(inventory.apps, name, (each) => fly.app(each.name, {})),
    existing(inventory.machines, id, (each) => fly.machine({ app: each.app, machine: each.id }, {})),
    existing(inventory.volumes, id, (each) => fly.volume({ app: each.app, volume: each.id }, {})),
  ]);
  return { ...inventory, buckets: new Map(buckets), databases, apps, machines, volumes };
}
