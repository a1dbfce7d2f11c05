import { createRequire, Module } from "node:module";

/** What an unused part of the SDK answers meanwhile, by name; all else is asked of the part itself, which is loaded then. */
type Meanwhile = (real: () => object) => Readonly<Record<string, unknown>>;

/** A span of a trace that nobody keeps: whatever it is told, it does nothing. */
const NO_SPAN: object = new Proxy({}, { get: () => () => NO_SPAN });

/** Parts that are loaded when they are used, by what the SDK asks `require` for. */
const PARTS: Readonly<Record<string, Meanwhile>> = {
  // What reads the package.json of each package: needed only to send a function of the program to a cloud.
  "normalize-package-data": () => ({}),
  // For the same: a compiler, nine megabytes.
  "./typescript-shim.js": () => ({}),
  // For the same: it has V8 tell a debugger of each file that is loaded, which is needed for the words of errors only.
  "./runtime/closure/v8Hooks.js": () => ({ isInitializedAsync: () => Promise.resolve() }),
  // OpenTelemetry, for `pulumi --tracing`.
  "./cmd/run/tracing.js": (real) => {
    let tracing: { newSpan(name: string): unknown; stop(): void } | undefined;
    return {
      start: (url: string) => {
        const started = real() as { start(url: string): void } & NonNullable<typeof tracing>;
        tracing = started;
        started.start(url);
      },
      stop: () => tracing?.stop(),
      newSpan: (name: string) => tracing?.newSpan(name) ?? NO_SPAN,
    };
  },
  // Maps each stack trace through the SDK's source maps. Our code runs as it was written.
  "source-map-support/register": () => ({}),
};

/**
 * Has the parts of Pulumi's SDK that a program hardly ever uses loaded when they are used, not whenever the SDK is: half of
 * its files, and a third of the program's time. A part that the SDK does not have, or not by this name any more, is passed over.
 */
export function loadedWhenUsed(from: string = import.meta.url): void {
  const own = createRequire(from);
  let require: NodeJS.Require;
  try {
    require = createRequire(own.resolve("@pulumi/pulumi"));
  } catch {
    return;
  }
  for (const [name, meanwhile] of Object.entries(PARTS)) stepIn(require, name, meanwhile);
}

function stepIn(require: NodeJS.Require, name: string, meanwhile: Meanwhile): void {
  let file: string;
  try {
    file = require.resolve(name);
  } catch {
    return;
  }
  let loaded: object | undefined;
  const real = (): object => {
    if (loaded === undefined) {
      Reflect.deleteProperty(require.cache, file);
      loaded = require(file) as object;
    }
    return loaded;
  };
  const answers = meanwhile(real);
  const placeholder = new Module(file);
  placeholder.loaded = true;
  // A function, for some of them are one.
  placeholder.exports = new Proxy(() => undefined, {
    get(_, property) {
      if (typeof property === "string" && Object.hasOwn(answers, property)) return answers[property];
      // So that an import of everything takes this object as it is, and does not read what is in it.
      if (property === "__esModule") return true;
      return property === "default" ? real() : (Reflect.get(real(), property) as unknown);
    },
    apply: (_, self, args) => Reflect.apply(real() as () => unknown, self, args) as unknown,
    construct: (_, args) => Reflect.construct(real() as () => unknown, args) as object,
  });
  require.cache[file] = placeholder;
}
