import type { Serving } from "../http/serving.ts";
import type { IamCalls } from "./iam-calls.ts";

interface Key {
  readonly id: string;
  readonly name: string;
}

/**
 * A cache of the existing keys: Tigris can list keys, but not find one by its name. The list is read at most once per
 * process; keys that this process creates and deletes are updated here, and nobody else creates keys with our names, because
 * a stack is locked while it changes.
 */
export interface KeyRing {
  /** Keys whose name fulfils `isMeant`. */
  find(isMeant: (name: string) => boolean, serving: Serving): Promise<Key[]>;
  made(key: Key): void;
  /** Whether this process has made it. */
  isMade(id: string): boolean;
  deleted(id: string): void;
  /** Reads the list again at the next `find`: an answer was lost, so a key may exist that is not in the cache. */
  forget(): void;
}

export function keyRing(iam: IamCalls): KeyRing {
  const made = new Map<string, Key>();
  const deleted = new Set<string>();
  let listing: Promise<Key[]> | undefined;
  const list = (serving: Serving) => {
    const mine = (listing ??= iam.keys({ signal: serving.signal }));
    // A list that could not be read must not be remembered as one.
    mine.catch(() => {
      if (listing === mine) listing = undefined;
    });
    return mine;
  };
  return {
    async find(isMeant, serving) {
      const all = new Map([...(await list(serving)), ...made.values()].map((key) => [key.id, key]));
      return [...all.values()].filter(({ id, name }) => !deleted.has(id) && isMeant(name));
    },
    made: (key) => void made.set(key.id, key),
    isMade: (id) => made.has(id),
    deleted: (id) => void deleted.add(id),
    forget: () => {
      listing = undefined;
    },
  };
}
