import { createRequire, registerHooks, stripTypeScriptTypes } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import JestRuntime from "jest-runtime";

/**
 * Has Node itself load test files and what they import, where jest would load all of it anew for each file and into a world
 * of its own: 0.5 to 2 s of the processor for the packages alone. Each test file still gets the project's own files anew, so that
 * no state of theirs reaches the next one; packages are loaded once for all files of a worker.
 */
export default class Runtime extends JestRuntime {
  unstable_shouldLoadAsEsm() {
    return true;
  }

  async unstable_importModule(path) {
    serial += 1;
    globals.set(String(serial), this.jestGlobals.cjsGlobals(path));
    return import(`${pathToFileURL(path).href}?file=${serial}`);
  }

  /** The frame that collects and runs the tests: one for each file, for it remembers them. */
  requireInternalModule(path) {
    Reflect.deleteProperty(globalThis, Symbol.for("EVENT_HANDLERS"));
    const require = createRequire(import.meta.url);
    Reflect.deleteProperty(require.cache, path);
    return require(path);
  }
}

let serial = 0;
/** What `@jest/globals` gives, by the number of the test file. */
const globals = new Map();
const ROOT = pathToFileURL(join(import.meta.dirname, "../../..")).href;
const FILE = /\?file=(\d+)$/;
/** Own files without their types, by address: each is loaded many times. */
const sources = new Map();
/** Where what an own file names is, by both: packages are looked for in many folders. */
const places = new Map();

registerHooks({
  resolve(specifier, context, next) {
    const [asked, number] = FILE.exec(context.parentURL ?? "") ?? [];
    if (asked === undefined) return next(specifier, context);
    if (specifier === "@jest/globals") return { url: `jest-globals:${number}`, shortCircuit: true };
    const named = `${context.conditions.join()} ${context.parentURL.replace(FILE, "")} ${specifier}`;
    const found = places.get(named) ?? { ...next(specifier, context), shortCircuit: true };
    places.set(named, found);
    const isOwn = found.url.startsWith(ROOT) && !found.url.includes("/node_modules/") && !found.url.includes("?");
    return isOwn ? { ...found, url: `${found.url}${asked}` } : found;
  },
  load(url, context, next) {
    if (url.startsWith("jest-globals:")) {
      const number = url.slice("jest-globals:".length);
      const names = Object.keys(globals.get(number));
      globalThis[Symbol.for("jest-globals")] = globals;
      const source = `export const { ${names.join(", ")} } = globalThis[Symbol.for("jest-globals")].get("${number}");`;
      return { format: "module", source, shortCircuit: true };
    }
    if (!FILE.test(url) || !/\.ts\?/.test(url)) return next(url, context);
    const path = fileURLToPath(url);
    let source = sources.get(path);
    source ??= stripTypeScriptTypes(readFileSync(path, "utf8"), { mode: "strip" });
    sources.set(path, source);
    return { format: "module", source, shortCircuit: true };
  },
});
