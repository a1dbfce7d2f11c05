import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const projectDir = join(import.meta.dirname, "../..");

/** Paths of all Markdown files of the project, from its folder. */
export function markdownFiles(): string[] {
  return globSync(["*.md", "{docs,tenants,container,bench,.github}/**/*.md"], { cwd: projectDir }).sort();
}

export function textOf(file: string): string {
  return readFileSync(join(projectDir, file), "utf8");
}

/** The code in a Markdown text: its spans, and the lines of its blocks but for pictures and printed output. */
export function codeIn(text: string): { spans: string[]; lines: string[] } {
  const blocks = [...text.matchAll(/^ *```(\w*)\n(.*?)^ *```$/gms)];
  const lines = blocks
    .filter(([, language = ""]) => !["mermaid", "text"].includes(language))
    .flatMap(([, , block = ""]) => block.split("\n"));
  const spans = [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span);
  return { spans, lines };
}

export function withoutBlocks(text: string): string {
  return text.replaceAll(/^ *```.*?^ *```$/gms, "");
}
