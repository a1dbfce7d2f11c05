import type { Platform } from "./platform.ts";

interface Dated {
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What a list shows that is older than its items: without what was made since, and with `before` what was destroyed since. */
export function asListed<Item extends Dated>(
  items: readonly Item[],
  isGone: (item: Item) => boolean,
  before: Partial<Item>,
  { switches, clock }: Pick<Platform, "switches" | "clock">,
): Item[] {
  const asOf = clock().getTime() - switches.read("listLagMs");
  return items
    .filter(({ createdAt }) => Date.parse(createdAt) <= asOf)
    .map((item) => (isGone(item) && Date.parse(item.updatedAt) > asOf ? { ...item, ...before } : item));
}
