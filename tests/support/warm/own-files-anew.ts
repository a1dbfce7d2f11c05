import { readFileSync } from "node:fs";
import { registerHooks, type ResolveFnOutput, stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = pathToFileURL(join(import.meta.dirname, "../../..")).href;
const TURN = /\?turn=\d+$/;
/**
 * Rooms beneath the program's own (tools/import-graph.ts), which keep nothing of a run: the process of the verbs, which is the
 * provider too, has loaded them once as well.
 */
const GROUND =
  /^\/(?:container|cost|errors|node_modules|output|processes|provider|resource-kinds|stack|tenants|tools)\//;

/**
 * Has the program and its components loaded anew after each call of the answered function, so that nothing that one of them
 * keeps reaches the next turn; packages, and what the components are built on, are loaded once.
 */
export function ownFilesAnew(): () => void {
  /** Files without their types, by address: each is loaded many times. */
  const sources = new Map<string, string>();
  /** Where what a file names is, by both: packages are looked for in many folders. */
  const places = new Map<string, ResolveFnOutput>();
  let turn = 0;
  registerHooks({
    resolve(specifier, context, next) {
      const [asked] = TURN.exec(context.parentURL ?? "") ?? [];
      const named = `${context.conditions.join()} ${context.parentURL?.replace(TURN, "") ?? ""} ${specifier}`;
      const found = (asked === undefined ? undefined : places.get(named)) ?? next(specifier, context);
      if (asked !== undefined) places.set(named, { ...found, shortCircuit: true });
      return isAnew(found.url) ? { ...found, url: `${found.url}${asked ?? `?turn=${turn}`}` } : found;
    },
    load(url, context, next) {
      if (!TURN.test(url)) return next(url, context);
      const path = fileURLToPath(url);
      const source = sources.get(path) ?? stripTypeScriptTypes(readFileSync(path, "utf8"));
      sources.set(path, source);
      return { format: "module", source, shortCircuit: true };
    },
  });
  return () => {
    turn += 1;
  };
}

function isAnew(url: string): boolean {
  return url.startsWith(ROOT) && url.endsWith(".ts") && !GROUND.test(url.slice(ROOT.length));
}
