import { at, NotAsked, whyNotAsked } from "./caller.ts";
import { type Kind, type Room, type Thing, until } from "./room.ts";

/** A thing that could not be removed. */
export interface Left extends Thing {
  readonly why: string;
}

/** A container comes after its contents. */
const ORDER: readonly (readonly Kind[])[] = [
  ["app", "bucket", "access key", "database", "state object"],
  ["policy", "group"],
];
const LIMIT_MS = 60_000;

/** Removes things of canaries, and retries each for a minute. A thing that is already gone counts as removed. */
export async function removal(room: Room, things: readonly Thing[]): Promise<{ removed: Thing[]; left: Left[] }> {
  const all = [...new Map(things.map((thing) => [`${thing.kind} ${thing.name}`, thing])).values()];
  const removed: Thing[] = [];
  const left: Left[] = [];
  for (const kinds of ORDER) {
    const some = all.filter(({ kind }) => kinds.includes(kind));
    await Promise.all(
      some.map(async ({ kind, name }) => {
        const why = await removeOne(room, { kind, name });
        if (why === undefined) removed.push({ kind, name });
        else left.push({ kind, name, why });
      }),
    );
  }
  return { removed, left };
}

/** Undefined when it is gone; else the reason why it is not. */
async function removeOne(room: Room, thing: Thing): Promise<string | undefined> {
  let why: string | undefined;
  try {
    await until(
      room,
      "removing it",
      async () => {
        try {
          return (await removers[thing.kind](room, thing.name)) ? true : undefined;
        } catch (error) {
          why = whyNotAsked(error);
          if (why === undefined) throw error;
          return undefined;
        }
      },
      { limitMs: LIMIT_MS },
    );
    return undefined;
  } catch (error) {
    const timedOut = whyNotAsked(error);
    if (timedOut === undefined) throw error;
    return why ?? timedOut;
  }
}

/** True when it is gone. A remover that throws or returns false is called again. */
const removers: Readonly<Record<Kind, (room: Room, name: string) => Promise<boolean>>> = {
  async bucket({ askS3 }, name) {
    const ask = askS3();
    // Also deletes objects and versions, and skips the retention time of soft delete.
    const forced = { "Tigris-Force-Delete": "true" };
    await ask("DELETE", `/${name}`, { headers: forced });
    const { status, said } = await ask("DELETE", `/${name}`, {
      headers: { ...forced, "X-Tigris-Force-Hard-Delete": "true" },
    });
    if (status === 404 || status === 204) return (await ask("GET", `/${name}?metadata`)).status === 404;
    throw new NotAsked(said);
  },
  async app({ fly, askFly }, name) {
    const { body } = await askFly("GET", `/v1/apps/${name}/machines`);
    for (const machine of Array.isArray(body) ? body : []) {
      const path = `/v1/apps/${name}/machines/${String(at(machine, "id"))}?force=true`;
      await askFly("DELETE", path);
    }
    await fly.deleteApp(name, {});
    return (await fly.app(name, {})) === undefined;
  },
  async "access key"({ tigris }, name) {
    const found = (await tigris.iam.keys({})).filter((key) => key.name === name);
    for (const { id } of found) {
      for (const policy of (await tigris.iam.policiesOf(id, {})) ?? []) await tigris.iam.detach(policy, id, {});
      await tigris.iam.deleteKey(id, {});
    }
    return true;
  },
  policy: async ({ tigris }, name) => (await tigris.iam.deletePolicy(name, {})) === "gone",
  async database({ turso }, name) {
    if ((await turso.database(name, {})) === undefined) return true;
    await turso.configure(name, { delete_protection: false }, {});
    await turso.deleteDatabase(name, {});
    return true;
  },
  async group({ turso }, name) {
    await turso.deleteGroup(name, {});
    return true;
  },
  async "state object"({ state }, name) {
    await state?.remove(name);
    return true;
  },
};
