import * as z from "zod";

/** What came of a note that was written through one tenant's app. */
export interface NoteSeen {
  readonly writtenAt: string;
  /** The text of the note's file, as the bucket itself gives it. */
  readonly inBucket: string;
  /** How many notes the search of that tenant's app finds. */
  readonly found: number;
  /** Other tenants whose app has the note. Must be empty. */
  readonly seenBy: readonly string[];
  readonly absentAt: readonly string[];
}

const foundAnswer = z.object({ notes: z.array(z.object({ id: z.string() })) });
const LIMIT_MS = 90_000;
const NOTE = "hello";

/**
 * Writes a note through the app of `tenant`, and looks for it: in the tenant's bucket, by the app's search, and at every
 * other app. Only the reference app knows notes. Throws when an app answers otherwise than it should.
 */
export async function noteThroughApp(
  tenant: string,
  urls: ReadonlyMap<string, string>,
  readObject: (key: string) => Promise<string>,
): Promise<NoteSeen> {
  const url = urls.get(tenant);
  if (url === undefined) throw new Error(`${tenant}'s app has no address`);
  const word = `demo${Date.now().toString(36)}`;
  const note = { title: `Hello from ${tenant}`, text: `Written through the app, on the mount. ${word}` };
  await ask(`${url}/notes/${NOTE}`, [200, 201], {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(note),
  });
  const inBucket = await readObject(`notes/${NOTE}.md`);
  if (!inBucket.includes(word)) throw new Error(`the bucket has another notes/${NOTE}.md`);
  const search = await ask(`${url}/search?q=${word}`, [200]);
  const others = [...urls].filter(([other]) => other !== tenant);
  const seen = await Promise.all(others.map(async ([other, at]) => [other, await hasWord(at, word)] as const));
  return {
    writtenAt: `${url}/notes/${NOTE}`,
    inBucket,
    found: foundAnswer.parse(await search.json()).notes.length,
    seenBy: seen.filter(([, has]) => has).map(([other]) => other),
    absentAt: seen.filter(([, has]) => !has).map(([other]) => other),
  };
}

/** Neither its search nor the note of that name, which may be one of the tenant's own. */
async function hasWord(url: string, word: string): Promise<boolean> {
  const [search, note] = await Promise.all([
    ask(`${url}/search?q=${word}`, [200]),
    ask(`${url}/notes/${NOTE}`, [200, 404]),
  ]);
  return foundAnswer.parse(await search.json()).notes.length > 0 || (await note.text()).includes(word);
}

async function ask(url: string, expected: readonly number[], init: RequestInit = {}): Promise<Response> {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(LIMIT_MS) });
  if (!expected.includes(answer.status)) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return answer;
}
