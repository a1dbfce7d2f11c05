import type { Call } from "./operation.ts";
import type { Platform } from "./platform.ts";

interface Dated {
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Set with every answer: who sends it back may be served by those who know what it wrote (`affinity`). */
export const AFFINITY_COOKIE = "fly-affinity";

/** What a list shows that is older than its items: without what was made since, and with `before` what was destroyed since. */
export function asListed<Item extends Dated>(
  items: readonly Item[],
  isGone: (item: Item) => boolean,
  before: Partial<Item>,
  { switches, clock }: Pick<Platform, "switches" | "clock">,
  call: Pick<Call, "header">,
): Item[] {
  const asOf = clock().getTime() - (isServedByItsOwn(switches, call) ? 0 : switches.read("listLagMs"));
  return items
    .filter(({ createdAt }) => Date.parse(createdAt) <= asOf)
    .map((item) => (isGone(item) && Date.parse(item.updatedAt) > asOf ? { ...item, ...before } : item));
}

/** Whether those answer a call who know what its caller wrote. */
export function isServedByItsOwn(switches: Platform["switches"], call: Pick<Call, "header">): boolean {
  return switches.read("affinity") === "cookie" && (call.header("cookie") ?? "").includes(AFFINITY_COOKIE);
}
