import { registerHooks } from "node:module";

/**
 * Loads zod without its translations: they are half of what it loads, wherever it is loaded, and nobody here asks for one.
 * English is no part of them. Before anything else that loads zod. Not in the program: a team's own code runs there, and may
 * ask for one.
 */
const hooks = registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "../locales/index.js" && context.parentURL?.includes("/node_modules/zod/") === true
      ? { url: "data:text/javascript,", format: "module", shortCircuit: true }
      : next(specifier, context),
});
try {
  await import("zod");
} finally {
  hooks.deregister();
}
