import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

const ROOT = join(import.meta.dirname, "../..");
/** Says at the end which translations were loaded. */
const LISTED = `
  import { registerHooks } from "node:module";
  const loaded = [];
  registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
  process.on("exit", () => console.error(JSON.stringify(loaded.filter((url) => url.includes("/zod/v4/locales/")))));
`;

function translationsOf(...words: readonly string[]): { said: string; translations: string[] } {
  const first = `data:text/javascript,${encodeURIComponent(LISTED)}`;
  const args = ["--disable-warning=ExperimentalWarning", `--import=${first}`, ...words];
  // The provider says its port on descriptor 3, and ends where it cannot: it has loaded all it needs by then.
  const port = openSync(devNull, "r");
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe", port],
  });
  closeSync(port);
  const urls = JSON.parse(stderr.split("\n").find((line) => line.startsWith("[")) ?? "") as string[];
  return { said: stdout, translations: urls.map((url) => url.slice(url.lastIndexOf("/") + 1)) };
}

describe("zod's translations", () => {
  it("are not loaded, and its messages are there", () => {
    const script = `
      await import("./processes/zod-in-english.ts");
      const { string } = await import("zod");
      console.log(string().safeParse(1).error.issues[0].message);
    `;
    const { said, translations } = translationsOf("--input-type=module", "--eval", script);
    expect(said).toBe("Invalid input: expected string, received number\n");
    expect(translations).toEqual(["en.js"]);
  });

  it("are not loaded by a verb", () => {
    const { said, translations } = translationsOf("cli/main.ts", "validate", "--help");
    expect(said).toContain("tenantry validate");
    expect(translations).toEqual(["en.js"]);
  });

  it("are not loaded by the provider", () => {
    expect(translationsOf("provider/main.ts").translations).toEqual(["en.js"]);
  });

  it("are there for a team's own code in the program", () => {
    const script = `
      await import("./processes/as-the-program.ts");
      await import("./components/fleet.ts");
      const { locales } = await import("zod");
      console.log(typeof locales.de);
    `;
    expect(translationsOf("--input-type=module", "--eval", script).said).toBe("function\n");
  });
});
