import type { Argument, Command, Option } from "commander";

import { GUIDES } from "../../cli/examples.ts";
import { loadedVerb } from "../../cli/program.ts";
import { VERB_GROUPS } from "../../cli/verbs.ts";
import { STATE_WORDS } from "../../output/state-words.ts";
import { cell, code, table } from "./markdown.ts";

/** Every verb by what people do: usage, arguments, options, examples, and the page to read on. */
export async function cliReference(): Promise<string> {
  const contents = VERB_GROUPS.map(({ title, verbs }) => [
    title,
    verbs.map(({ name, summary }) => `[\`${name}\`](#${name}) ${cell(summary)}`).join("<br>"),
  ]);
  const groups = VERB_GROUPS.map(async ({ title, verbs }) => {
    const sections = await Promise.all(verbs.map(async ({ name }) => verbSection(name, await loadedVerb(name))));
    return [`## ${title}`, ...sections].join("\n\n");
  });
  return [table(["what for", "verbs"], contents), ...(await Promise.all(groups)), states()].join("\n\n");
}

/** One word for each state. */
function states(): string {
  const rows = Object.entries(STATE_WORDS).map(([word, { of, means }]) => [code(word), cell(of), cell(means)]);
  return `## The words for states\n\nThe same in all verbs; \`--json\` of \`status\` has Fly's own words.\n\n${table(["", "of what", "meaning"], rows)}`;
}

function verbSection(name: string, command: Command): string {
  const guide = GUIDES[name];
  const examples = (guide?.examples ?? []).map(
    ([line, does]) => `# ${does}\n${line.replace(/\btenantry\b/, "npx tenantry")}`,
  );
  const page = guide?.page ?? "";
  return [
    `### ${name}`,
    cell(command.description()),
    ...usage(command, `npx tenantry ${name}`),
    ...command.commands.flatMap((child) => [
      `**${name} ${child.name()}**: ${cell(child.summary())}`,
      ...usage(child, `npx tenantry ${name} ${child.name()}`),
    ]),
    `\`\`\`sh\n${examples.join("\n")}\n\`\`\``,
    ...(page === "docs/cli.md"
      ? []
      : [`More: [${page.replace("docs/", "")}](${page.startsWith("docs/") ? page.slice(5) : `../${page}`}).`]),
  ].join("\n\n");
}

function usage(command: Command, called: string): string[] {
  const options = command.options.filter(({ hidden }) => !hidden);
  const rows = [...command.registeredArguments.map(argumentRow), ...options.map(optionRow)];
  if (command.commands.length > 0) return [];
  const line = [called, ...command.registeredArguments.map(termOf), ...(options.length > 0 ? ["[options]"] : [])];
  return [code(line.join(" ")), ...(rows.length === 0 ? [] : [table(["", "", "default"], rows)])];
}

function termOf(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function argumentRow(argument: Argument): string[] {
  return [code(termOf(argument)), cell(withChoices(argument.description, argument.argChoices)), presetOf(argument)];
}

function optionRow(option: Option): string[] {
  return [code(option.flags), cell(withChoices(option.description, option.argChoices)), presetOf(option)];
}

function withChoices(what: string, choices: readonly string[] | undefined): string {
  return [what, ...(choices === undefined ? [] : [`one of ${choices.map((each) => `\`${each}\``).join(", ")}`])]
    .filter((part) => part !== "")
    .join("; ");
}

/** `--no-refresh` has a default of commander's own that says nothing. */
function presetOf(of: Argument | Option): string {
  if (of.defaultValue === undefined || ("negate" in of && of.negate)) return "";
  return code(of.defaultValueDescription ?? of.defaultValue);
}
