/** What a user of the notes app does. */
export const REQUESTS = ["write", "read", "update", "list", "search", "delete"] as const;
export type Request = (typeof REQUESTS)[number];

/** Milliseconds of each request, and those that failed. */
export interface Load {
  readonly ms: readonly number[];
  readonly errors: number;
}

/**
 * One kind of request after the other, `count` of each, by `users` at once, each of whom waits for an answer before the next
 * request. Notes are named `<label>-<number>`, so that rounds do not meet.
 */
export async function loaded(
  url: string,
  { users, count, label }: { users: number; count: number; label: string },
): Promise<Readonly<Record<Request, Load>>> {
  const results = {} as Record<Request, Load>;
  for (const request of REQUESTS)
    results[request] = await byUsers(users, count, (index) => ask(url, request, label, index, count));
  return results;
}

async function byUsers(users: number, count: number, work: (index: number) => Promise<boolean>): Promise<Load> {
  const ms: number[] = [];
  let [next, errors] = [0, 0];
  const user = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      const began = performance.now();
      if (!(await work(index))) errors += 1;
      ms.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: users }, user));
  return { ms, errors };
}

const LIMIT_MS = 30_000;

async function ask(url: string, request: Request, label: string, index: number, count: number): Promise<boolean> {
  const note = `${url}/notes/${label}-${index % count}`;
  const put = (version: number): RequestInit => {
    const text = `zebra quince ${index} `.repeat(60);
    const body = JSON.stringify({ title: `Note ${index}, version ${version}`, text, tags: ["a", "b"] });
    return { method: "PUT", headers: { "content-type": "application/json" }, body };
  };
  const [address, init]: [string, RequestInit] = {
    write: [note, put(1)] as [string, RequestInit],
    read: [note, {}] as [string, RequestInit],
    update: [note, put(2)] as [string, RequestInit],
    list: [`${url}/notes?limit=50`, {}] as [string, RequestInit],
    search: [`${url}/search?q=quince&limit=20`, {}] as [string, RequestInit],
    delete: [note, { method: "DELETE" }] as [string, RequestInit],
  }[request];
  try {
    const answer = await fetch(address, { ...init, signal: AbortSignal.timeout(LIMIT_MS) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
