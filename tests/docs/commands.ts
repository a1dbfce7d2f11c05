import type { Command } from "commander";

import { VERBS } from "../../cli/verbs.ts";

/** A call of the command line as a text writes it. */
export interface Call {
  readonly line: string;
  readonly words: readonly string[];
}

/** Calls in lines of shell, YAML or make: `npx tenantry …` and `cli/tenantry …`. */
export function callsInLines(lines: readonly string[]): Call[] {
  return lines.flatMap((line) =>
    [...line.matchAll(/(?:npx |\bcli\/)tenantry +([^|;&#)]*)/g)].map(([, rest = ""]) => callOf(line, rest)),
  );
}

/** Calls in spans of prose, which may leave out the `npx`. */
export function callsInSpans(spans: readonly string[]): Call[] {
  return spans.flatMap((span) => {
    const rest = /^(?:npx |cli\/)?tenantry +([^|;&#)]*)/.exec(span)?.[1];
    return rest === undefined ? [] : [callOf(span, rest)];
  });
}

function callOf(line: string, rest: string): Call {
  // What follows `--` is somebody else's command.
  const [ours = ""] = rest.split(/ -- /, 1);
  return { line: line.trim(), words: ours.trim().split(/\s+/) };
}

/** What is wrong with a call: a verb or an option that the command line doesn't have. Undefined: nothing. */
export async function faultOf({ words: [verb = "", ...rest] }: Call): Promise<string | undefined> {
  // A text about all verbs at once, and what commander has itself.
  if (/^(?:<verb>|…|--help|--version|)$/.test(verb)) return undefined;
  if (verb === "help") return faultOf({ line: "", words: rest });
  const found = VERBS.find(({ name }) => name === verb);
  if (found === undefined) return `no verb ${verb}`;
  const command = (await found.load()).command();
  const child = command.commands.find((each) => each.name() === rest[0]);
  if (command.commands.length > 0 && child === undefined && rest[0] !== undefined) return `no ${verb} ${rest[0]}`;
  const known = optionsOf(child ?? command);
  const unknown = rest
    .filter((word) => /^--?[a-z]/.test(word))
    // `-it` is `-i -t`.
    .flatMap((word) => (/^-[a-z]{2,}$/.test(word) ? Array.from(word.slice(1), (letter) => `-${letter}`) : [word]))
    .find((word) => !known.includes(word.split("=")[0] ?? ""));
  return unknown === undefined ? undefined : `${verb} has no ${unknown}`;
}

function optionsOf(command: Command): string[] {
  return ["--help", "-h", ...command.options.flatMap(({ long, short }) => [long ?? "", short ?? ""])];
}
