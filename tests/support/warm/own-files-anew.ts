import { readFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = pathToFileURL(join(import.meta.dirname, "../../..")).href;
const TURN = /\?turn=\d+$/;

/**
 * Has the project's own files loaded anew after each call of the answered function, so that nothing that one of them keeps
 * reaches the next turn; packages are loaded once.
 */
export function ownFilesAnew(): () => void {
  /** Files without their types, by address: each is loaded many times. */
  const sources = new Map<string, string>();
  let turn = 0;
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      const isOwn = found.url.startsWith(ROOT) && !found.url.includes("/node_modules/") && found.url.endsWith(".ts");
      return isOwn
        ? { ...found, url: `${found.url}${TURN.exec(context.parentURL ?? "")?.[0] ?? `?turn=${turn}`}` }
        : found;
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
