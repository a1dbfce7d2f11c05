import { existsSync, readFileSync } from "node:fs";

/** GitHub takes 65 536 characters in a comment or issue. */
const LIMIT = 60_000;

/** As many whole lines as GitHub takes. */
export function fitting(text: string): string {
  if (text.length <= LIMIT) return text;
  const end = text.lastIndexOf("\n", LIMIT);
  return `${text.slice(0, end)}\n\n**Cut here.** The summary of the workflow run has all of it.\n`;
}

/** What a command wrote: Markdown as it is, anything else as a block of text. Undefined: it wrote nothing. */
export function reportText(file: string): string | undefined {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (text.trim() === "") return undefined;
  return file.endsWith(".md") ? text : `~~~text\n${text.trimEnd()}\n~~~\n`;
}

/** A link to the workflow run; empty outside of one. */
export function runLink(env: Readonly<Record<string, string | undefined>>): string {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env;
  return server === undefined || repository === undefined || run === undefined
    ? ""
    : `[Workflow run](${server}/${repository}/actions/runs/${run})\n`;
}
