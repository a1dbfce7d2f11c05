/** Does `work` for every item, at most `limit` at once; answers in the items' order. The first failure ends it. */
export async function atMost<In, Out>(
  limit: number,
  items: readonly In[],
  work: (item: In) => Promise<Out>,
): Promise<Out[]> {
  const results = new Array<Out>(items.length);
  const entries = items.entries();
  const lane = async () => {
    for (const [position, item] of entries) results[position] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  return results;
}
