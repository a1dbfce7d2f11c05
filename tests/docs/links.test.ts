import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { markdownFiles, projectDir, textOf, withoutBlocks } from "./markdown.ts";

/** The targets of links in a text: `[text](target)`. */
function targetsIn(text: string): string[] {
  const prose = withoutBlocks(text).replaceAll(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
}

/** The anchors GitHub gives a file's headings. */
function anchorsIn(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/^#+ +(.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function isBroken(file: string, target: string): boolean {
  const [path = "", anchor] = target.split("#");
  const found = path === "" ? file : join(dirname(file), path);
  if (!existsSync(join(projectDir, found))) return true;
  return anchor !== undefined && found.endsWith(".md") && !anchorsIn(textOf(found)).includes(anchor);
}

describe("links in the project's Markdown", () => {
  it.each(markdownFiles())("lead somewhere: %s", (file) => {
    const inside = targetsIn(textOf(file)).filter((target) => !/^[a-z]+:/.test(target));
    expect(inside.filter((target) => isBroken(file, target))).toEqual([]);
  });

  it("are found, and broken ones are told", () => {
    expect(targetsIn("[a](x.md) and `[b](y.md)` and [c](#d)")).toEqual(["x.md", "#d"]);
    expect(isBroken("README.md", "docs/nowhere.md")).toBe(true);
    expect(isBroken("README.md", "docs/errors.md#no-such-heading")).toBe(true);
    expect(isBroken("README.md", "docs/errors.md#errors")).toBe(false);
  });

  it("lead from docs/README.md to every page", () => {
    const listed = targetsIn(textOf("docs/README.md"));
    const pages = markdownFiles().flatMap((file) => /^docs\/([^/]+\.md)$/.exec(file)?.[1] ?? []);
    expect(pages.filter((page) => page !== "README.md" && !listed.includes(page))).toEqual([]);
  });

  it("leave README.md short enough to be read to its end", () => {
    expect(textOf("README.md").split("\n").length).toBeLessThan(150);
  });
});
