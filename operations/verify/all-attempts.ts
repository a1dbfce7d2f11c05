import type { Attempt } from "./attempt.ts";
import { embeddedAttempts } from "./attempts/embedded.ts";
import { flyAttempts } from "./attempts/fly.ts";
import { insideAttempts } from "./attempts/inside.ts";
import { tigrisAttempts } from "./attempts/tigris.ts";
import { tursoAttempts } from "./attempts/turso.ts";

/** Every attempt there is; a credential's own use comes first. */
export const allAttempts: readonly Attempt[] = [
  ...tigrisAttempts,
  ...tursoAttempts,
  ...flyAttempts,
  ...embeddedAttempts,
  ...insideAttempts,
].toSorted((one, other) => Number(other.against === "own") - Number(one.against === "own"));
