import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";

const page = readFileSync(join(import.meta.dirname, "../../docs/machines.md"), "utf8");

interface Example {
  readonly files: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

describe("the example of docs/machines.md", () => {
  it("shows files for the app's user where it may read them", () => {
    const blocks = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = ""]) => parse(text) as unknown);
    const byFiles = blocks.flatMap((block) =>
      Object.values(block as Record<string, Example>).filter((image) => "files" in image),
    );
    expect(byFiles.map(({ env }) => env["APP_USER"])).toEqual(["app"]);
    for (const { files, command } of byFiles) {
      expect(Object.keys(files).filter((path) => !/^\/(?:srv|opt)\//.test(path))).toEqual([]);
      expect(Object.keys(files).some((path) => command[0]?.startsWith(path))).toBe(true);
    }
  });
});
