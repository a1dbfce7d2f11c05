import { SECRET } from "../../output/shown.ts";

/** The steps of a Pulumi property path: `config.env["a.b"][0]` -> config, env, a.b, 0. */
export function pathSteps(path: string): string[] {
  const steps: string[] = [];
  for (const match of path.matchAll(/\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g)) {
    const [, index, quoted, plain] = match;
    if (quoted !== undefined) steps.push(JSON.parse(`"${quoted}"`) as string);
    else steps.push(index ?? plain ?? "");
  }
  return steps;
}

/** The value at `path` in `properties`; undefined when there is none. What lies inside a secret is secret too. */
export function valueAt(properties: unknown, path: string): unknown {
  return pathSteps(path).reduce<unknown>((value, step) => {
    if (value === SECRET) return SECRET;
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[step] : undefined;
  }, properties);
}
