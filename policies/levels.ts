import type { Level } from "./policy.ts";

/**
 * How strict each policy is, by its name. The first that says something wins: the stack's own line, then that of its kind
 * of cloud, then `mandatory`. Change this file like code: in a pull request.
 */
export const LEVELS: Levels = {
  stacks: {},
  clouds: {
    // What the embedded cloud runs for an image's name is on this computer: there is nothing to pin.
    embedded: { "image-pinned": "advisory" },
    real: {},
  },
};

/** How strict policies are, by stack and by kind of cloud. */
export interface Levels {
  /** By stack: `{ prod: { "rotation-limit": "mandatory" } }`. */
  readonly stacks: Readonly<Record<string, Readonly<Record<string, Level>>>>;
  readonly clouds: Readonly<Record<"embedded" | "real", Readonly<Record<string, Level>>>>;
}

/** How strict `policy` is in a stack. */
export function levelOf(
  policy: string,
  { stack, cloud }: { readonly stack: string; readonly cloud: "embedded" | "real" },
  levels: Levels = LEVELS,
): Level {
  return own(levels.stacks, stack)?.[policy] ?? levels.clouds[cloud][policy] ?? "mandatory";
}

/** What the file says under a name, and not what every object has, for a stack may be called `constructor`. */
function own<Value>(values: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
