import { paint } from "./terminal.ts";

type Colour = "green" | "yellow" | "red";

/**
 * Every word that says how something is, the same in all verbs, in text and in JSON. What a vendor calls a state that is not
 * here is shown in its own word. docs/cli.md lists them.
 */
export const STATE_WORDS = {
  ok: { colour: "green", of: "a tenant after `up`; what `doctor` looks at", means: "it is correct" },
  failed: {
    colour: "red",
    of: "a tenant after `up`; a machine",
    means: "it failed; the error says why",
  },
  interrupted: { colour: "red", of: "a tenant after `up`", means: "the run ended before it was finished" },
  untouched: { colour: "yellow", of: "a tenant after `up`", means: "it was not started" },
  active: { colour: "green", of: "a tenant, by its file", means: "it has everything that its file declares" },
  suspended: {
    colour: "yellow",
    of: "a tenant, its machine, a key",
    means: "it is suspended by its file: the data stays, but nothing can reach it",
  },
  offboarding: {
    colour: "yellow",
    of: "a tenant, by its file",
    means: "it is suspended, and its data will be deleted",
  },
  purged: { colour: "yellow", of: "a tenant, by its file", means: "its data is deleted; the file reserves the id" },
  removed: { colour: "red", of: "a tenant, by its file", means: "its file is missing, but its resources exist" },
  invalid: { colour: "red", of: "a tenant, by its file", means: "its file has errors; `validate` lists them" },
  running: { colour: "green", of: "a machine", means: "it is up, and every check passes" },
  unhealthy: { colour: "red", of: "a machine, a mount", means: "it is up, and a check fails" },
  idle: { colour: "yellow", of: "a machine", means: "it stopped without traffic; a request starts it" },
  crashed: { colour: "red", of: "a machine", means: "its program ended by itself with an error" },
  gone: { colour: "red", of: "a machine", means: "Fly no longer knows it" },
  ready: { colour: "green", of: "a key", means: "it works" },
  pending: { colour: "yellow", of: "a key", means: "its entry is new; the next `up` creates it" },
  outdated: { colour: "yellow", of: "a key", means: "its entry changed; the next `up` replaces it" },
  undeclared: { colour: "yellow", of: "a key", means: "it no longer has an entry; the next `up` deletes it" },
  attention: { colour: "yellow", of: "what `doctor` looks at", means: "it works, but not as well as it could" },
  missing: { colour: "red", of: "what `doctor` looks at", means: "something required is missing" },
} as const satisfies Readonly<Record<string, { readonly colour: Colour; readonly of: string; readonly means: string }>>;

export type StateWord = keyof typeof STATE_WORDS;

/** The word in its colour, where standard output has colours; a vendor's own word in yellow. */
export function inColour(word: string): string {
  return paint(isStateWord(word) ? STATE_WORDS[word].colour : "yellow", word);
}

function isStateWord(word: string): word is StateWord {
  return Object.hasOwn(STATE_WORDS, word);
}
