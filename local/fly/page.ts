import type { Call } from "./operation.ts";

const MOST_PER_PAGE = 1000;

/** One page of a list in the order of ids; the cursor is the last id of the page before. */
export function pageOf<Item extends { id: string }>(
  items: readonly Item[],
  call: Call,
): { page: Item[]; cursor: string } {
  const after = call.query("cursor") ?? "";
  const limit = Math.min(Number(call.query("limit") ?? MOST_PER_PAGE), MOST_PER_PAGE);
  const rest = items.filter(({ id }) => id > after).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const page = rest.slice(0, limit);
  return { page, cursor: rest.length > page.length ? (page.at(-1)?.id ?? "") : "" };
}
