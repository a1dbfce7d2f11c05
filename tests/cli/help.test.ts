import { describe, expect, it } from "@jest/globals";

import { GUIDES } from "../../cli/examples.ts";
import { loadedVerb, plainWords, programFor } from "../../cli/program.ts";
import { VERB_GROUPS, VERBS } from "../../cli/verbs.ts";
import { faultOf } from "../docs/commands.ts";

/** What a verb's `--help` prints, examples included. */
async function helpOf(name: string): Promise<string> {
  let text = "";
  const command = (await loadedVerb(name)).configureOutput({ writeOut: (piece) => (text += piece) });
  command.outputHelp();
  return text;
}

describe("tenantry --help", () => {
  it("lists every verb once, under what people do with it", async () => {
    const text = (await programFor(["--help"])).helpInformation();
    for (const { title, verbs } of VERB_GROUPS) {
      const section = text.split(`${title}:\n`)[1]?.split("\n\n")[0] ?? "";
      expect(
        section
          .trim()
          .split("\n")
          .map((line) => line.trim().split(" ")[0]),
      ).toEqual(verbs.map(({ name }) => name));
    }
    const names = VERBS.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });

  it("loads no verb's file, so that it stays quick", async () => {
    const { commands } = await programFor([]);
    expect(commands.flatMap(({ options, registeredArguments }) => [...options, ...registeredArguments])).toEqual([]);
    const called = (await programFor(["plan"])).commands.filter(({ options }) => options.length > 0);
    expect(called.map((command) => command.name())).toEqual(["plan"]);
  });

  it("fits 80 columns", async () => {
    const lines = (await programFor([])).helpInformation().split("\n");
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it("is what `help` and nothing at all print, and `help VERB` is `VERB --help`", () => {
    expect(plainWords([])).toEqual(["--help"]);
    expect(plainWords(["help"])).toEqual(["--help"]);
    expect(plainWords(["help", "plan"])).toEqual(["plan", "--help"]);
    expect(plainWords(["help", "cloud", "up"])).toEqual(["cloud", "up", "--help"]);
    expect(plainWords(["plan", "help"])).toEqual(["plan", "help"]);
  });
});

describe("the help of a verb", () => {
  it.each(VERBS.map(({ name }) => name))("offers --json, for every verb prints something: %s", async (name) => {
    const command = await loadedVerb(name);
    const called = command.commands.length === 0 ? [command] : command.commands;
    const without = called.filter(({ options }) => !options.some(({ long }) => long === "--json"));
    expect(without.map((each) => each.name())).toEqual([]);
  });

  it.each(VERBS.map(({ name }) => name))("shows options, examples and a page: %s", async (name) => {
    const text = await helpOf(name);
    expect(text).toContain(`Usage: ${name}`);
    expect(text).toContain("-h, --help");
    for (const [line, does] of GUIDES[name]?.examples ?? []) {
      expect(text).toContain(line);
      expect(text).toContain(`# ${does}`);
    }
    expect(text).toContain(`More: ${GUIDES[name]?.page ?? "?"}`);
  });

  it.each(["cloud", "fleet", "rollout"])("reads as sentences for each verb below it, with a page: %s", async (name) => {
    const { commands } = await loadedVerb(name);
    expect(commands.length).toBeGreaterThan(1);
    for (const command of commands) {
      let text = "";
      command.configureOutput({ writeOut: (piece) => (text += piece) }).outputHelp();
      const said = text.split("\n\n")[1] ?? "";
      expect(said).toMatch(
        /^(?:Show|Print|Write|Ask|Stop|Put|Move|Bring|Find|Count|Estimate|Check|Create|Make|Start)\b[^]*[^.]\.$/,
      );
      expect(text).toContain(`\nMore: ${GUIDES[name]?.page ?? "?"}`);
    }
  });

  it.each(VERBS.map(({ name }) => name))("gives examples that the command line takes: %s", async (name) => {
    const lines = (GUIDES[name]?.examples ?? []).map(([line]) => line);
    const words = lines.map((line) =>
      (/tenantry ([^|>)]*?)(?: -- .*)?[)"]*$/.exec(line.replace(/ [|>].*$/, ""))?.[1] ?? "").split(" "),
    );
    expect(await Promise.all(words.map((each) => faultOf({ line: each.join(" "), words: each })))).toEqual(
      words.map(() => undefined),
    );
    expect(words.every(([verb]) => verb === name)).toBe(true);
  });
});
