/** What a user of the notes app does. */
export const REQUESTS = ["write", "read", "update", "list", "search", "delete"] as const;
export type Request = (typeof REQUESTS)[number];

/** Milliseconds of each request, and those that failed. */
export interface Load {
  readonly ms: readonly number[];
  readonly errors: number;
}

/** A note as its writer gives it. */
export interface Draft {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

/**
 * One kind of request after the other, `count` of each, by `users` at once, each of whom waits for an answer before the next
 * request. Notes are named `<label>-<number>`, so that rounds do not meet.
 */
export async function loaded<Kind extends Request = Request>(
  url: string,
  { users, count, label, signal }: { users: number; count: number; label: string; signal: AbortSignal },
  requests: readonly Kind[] = REQUESTS as readonly Request[] as readonly Kind[],
): Promise<Readonly<Record<Kind, Load>>> {
  const results = {} as Record<Kind, Load>;
  for (const request of requests)
    results[request] = await byUsers(users, count, signal, async (index) =>
      isSuccess(await ask(url, request, draftOf(request, label, index), {}, signal)),
    );
  return results;
}

async function byUsers(
  users: number,
  count: number,
  signal: AbortSignal,
  work: (index: number) => Promise<boolean>,
): Promise<Load> {
  const ms: number[] = [];
  let [next, errors] = [0, 0];
  const user = async () => {
    while (next < count && !signal.aborted) {
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

function draftOf(request: Request, label: string, index: number): Draft {
  const title = `Note ${index}, version ${request === "update" ? 2 : 1}`;
  return { id: `${label}-${index}`, title, text: `zebra quince ${index} `.repeat(60) };
}

const LIMIT_MS = 30_000;

/** Sends one request to the app at `url`; the status of its answer, 0 without one. Lists and searches need no note. */
export async function ask(
  url: string,
  request: Request,
  { id, ...draft }: Draft,
  headers: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<number> {
  const note = `${url}/notes/${id}`;
  const put = {
    method: "PUT",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify({ ...draft, tags: ["a", "b"] }),
  };
  const [address, init]: [string, RequestInit] = {
    write: [note, put] as [string, RequestInit],
    read: [note, { headers }] as [string, RequestInit],
    update: [note, put] as [string, RequestInit],
    list: [`${url}/notes?limit=50`, { headers }] as [string, RequestInit],
    search: [`${url}/search?q=quince&limit=20`, { headers }] as [string, RequestInit],
    delete: [note, { headers, method: "DELETE" }] as [string, RequestInit],
  }[request];
  try {
    const limit = AbortSignal.timeout(LIMIT_MS);
    const answer = await fetch(address, {
      ...init,
      signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
    });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0;
  }
}

/** Whether an answer with this status says that it was done. */
export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
