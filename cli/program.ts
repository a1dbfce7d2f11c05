import { readFileSync } from "node:fs";
import { join } from "node:path";

import { Command } from "commander";

import type { VerbGuide } from "./examples.ts";
import { VERB_GROUPS, VERBS } from "./verbs.ts";

const ROOT = join(import.meta.dirname, "..");

/** The command line as far as these words need it: of the verbs only the one that is called is loaded. */
export async function programFor(words: readonly string[]): Promise<Command> {
  const program = new Command("tenantry")
    .description("Gives every tenant its own bucket, database and machine, from one YAML file.")
    .usage("<verb> [options]")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: false, subcommandTerm: (command) => command.name() })
    .exitOverride()
    .showHelpAfterError("(tenantry --help lists the verbs)")
    .addHelpText(
      "after",
      "\n`tenantry help <verb>` shows a verb's options and examples. All of it on one page: docs/cli.md",
    );
  for (const { title, verbs } of VERB_GROUPS) {
    program.commandsGroup(`${title}:`);
    for (const { name, summary } of verbs) {
      if (name === words[0]) program.addCommand(await loadedVerb(name));
      else program.command(name).summary(summary).description(summary);
    }
  }
  return program;
}

/** A verb with its options, its examples and the page to read on. Its file is loaded. */
export async function loadedVerb(name: string): Promise<Command> {
  const verb = VERBS.find((each) => each.name === name);
  await import("../processes/zod-in-english.ts");
  const [{ command }, { GUIDES }] = await Promise.all([verb?.load() ?? unknownVerb(name), import("./examples.ts")]);
  const made = overridden(command().summary(verb?.summary ?? ""));
  const guide = GUIDES[name];
  if (guide === undefined) return made;
  for (const child of made.commands) {
    const called = `tenantry ${name} ${child.name()}`;
    const examples = guide.examples.filter(([line]) => line === called || line.startsWith(`${called} `));
    const summary = child.description();
    child.summary(summary).description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`);
    child.addHelpText("after", guideText({ ...guide, examples }));
  }
  return made.addHelpText("after", guideText(guide));
}

function guideText({ examples, page }: VerbGuide): string {
  const more = `\nMore: ${page}`;
  if (examples.length === 0) return more;
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, does]) =>
    width <= LONGEST ? `  ${line.padEnd(width)}  # ${does}` : `  # ${does}\n  ${line}`,
  );
  return `\nExamples:\n${lines.join("\n")}\n${more}`;
}

/** An example beyond this is below its explanation. */
const LONGEST = 44;

function unknownVerb(name: string): never {
  throw new Error(`no verb ${name}`);
}

/** Commander ends the process itself unless every command is told not to. */
function overridden(command: Command): Command {
  for (const child of command.commands) overridden(child);
  return command.helpOption("-h, --help", "print this help").helpCommand(false).exitOverride();
}

/** `help VERB …` is `VERB … --help`, `help` and nothing at all are `--help`. Pure. */
export function plainWords(words: readonly string[]): readonly string[] {
  const [first, ...rest] = words;
  if (first === undefined) return ["--help"];
  return first === "help" ? [...rest, "--help"] : words;
}

function version(): string {
  return (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string }).version;
}
