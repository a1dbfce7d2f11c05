import type { Command, Option } from "commander";

import { loadedVerb } from "../program.ts";
import { VERBS } from "../verbs.ts";

/** What completion knows of the project that it is called in. */
export interface World {
  /** The stack that is meant when none is named. */
  readonly stack: string;
  stacks(): readonly string[];
  tenants(stack: string): readonly string[];
}

/**
 * What may be typed in the place of the last of these words, which follow `tenantry`: verbs, options, values of options,
 * stacks, tenants. Empty where only a file name fits, or nothing.
 */
export async function candidates(words: readonly string[], world: World): Promise<string[]> {
  const whole = words.at(-1) ?? "";
  // bash passes `--stack=prod` as three words, the others as one.
  const [, option, value] = /^(--[\w-]+=)(.*)$/.exec(whole) ?? [];
  const typed = whole === "=" ? "" : (value ?? whole);
  const before = [...words.slice(0, -1), ...(option === undefined ? [] : [option.slice(0, -1)])];
  const found = await possible(
    before.filter((word) => word !== "="),
    typed,
    world,
  );
  return found.filter((word) => word.startsWith(typed)).map((word) => `${option ?? ""}${word}`);
}

async function possible(before: readonly string[], typed: string, world: World): Promise<readonly string[]> {
  const verbs = VERBS.map(({ name }) => name);
  const [first, ...rest] = before[0] === "help" ? before.slice(1) : before;
  if (first === undefined) return before[0] === "help" ? verbs : [...verbs, "help", "--help", "--version"];
  if (!verbs.includes(first) || rest.includes("--")) return [];
  const { command, words } = innermost(await loadedVerb(first), rest);
  if (before[0] === "help") return command.commands.map((child) => child.name());
  const pending = optionNamed(command, words.at(-1));
  if (pending !== undefined && (pending.required || pending.optional)) return valuesOf(pending, world);
  if (typed.startsWith("-")) return ["--help", ...visible(command).flatMap(({ long }) => long ?? [])];
  return [...command.commands.map((child) => child.name()), ...arguments_(command, words, world)];
}

/** `cloud up` is a command of its own. */
function innermost(command: Command, words: readonly string[]): { command: Command; words: readonly string[] } {
  const child = command.commands.find((each) => each.name() === words[0]);
  return child === undefined ? { command, words } : innermost(child, words.slice(1));
}

function visible(command: Command): Option[] {
  return command.options.filter(({ hidden }) => !hidden);
}

function optionNamed(command: Command, word: string | undefined): Option | undefined {
  return word === undefined ? undefined : command.options.find(({ long, short }) => long === word || short === word);
}

function valuesOf({ long, argChoices }: Option, world: World): readonly string[] {
  if (long === "--stack") return world.stacks();
  if (long === "--tenant") return world.tenants(world.stack);
  return argChoices ?? [];
}

/** What the next argument may be. A tenant that is named already is not offered again. */
function arguments_(command: Command, words: readonly string[], world: World): readonly string[] {
  const given = positional(command, words);
  const at = Math.min(given.length, command.registeredArguments.length - 1);
  const next = command.registeredArguments[at];
  if (next === undefined || (given.length > at && !next.variadic)) return [];
  if (next.argChoices !== undefined) return next.argChoices;
  if (!/^tenants?$/.test(next.name()) || command.name() === "new") return [];
  return world.tenants(stackIn(words) ?? world.stack).filter((tenant) => !given.includes(tenant));
}

/** The words that are neither options nor their values. */
function positional(command: Command, words: readonly string[]): string[] {
  return words.filter((word, at) => {
    const before = optionNamed(command, words[at - 1]);
    return !word.startsWith("-") && before?.required !== true;
  });
}

function stackIn(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => word === "-s" || word === "--stack");
  return at < 0 ? words.flatMap((word) => /^--stack=(.+)$/.exec(word)?.[1] ?? [])[0] : words[at + 1];
}
