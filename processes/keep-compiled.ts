import { flushCompileCache } from "node:module";

/**
 * Lets this process leave what it has compiled in Node's compile cache although the engine ends it.
 *
 * Node writes the cache when a process ends by itself. The engine ends its plugins by SIGINT
 * (sdk/go/common/resource/plugin/plugin.go), and each would strip and compile all of its code again, a quarter of its time.
 */
export function keepCompiled(): void {
  process.once("SIGINT", () => {
    flushCompileCache();
    // The one listener is gone by now: it ends as it would have without it.
    process.kill(process.pid, "SIGINT");
  });
}
