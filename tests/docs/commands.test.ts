import { existsSync, globSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { GUIDES } from "../../cli/examples.ts";
import { VERBS } from "../../cli/verbs.ts";
import { type Call, callsInLines, callsInSpans, faultOf } from "./commands.ts";
import { codeIn, markdownFiles, projectDir, textOf } from "./markdown.ts";

function callsIn(file: string): Call[] {
  const { spans, lines } = codeIn(textOf(file));
  return [...callsInSpans(spans), ...callsInLines(lines)];
}

async function faultsOf(calls: readonly Call[]): Promise<string[]> {
  const faults = await Promise.all(
    calls.map(async (call) => {
      const fault = await faultOf(call);
      return fault === undefined ? [] : [`${call.line}: ${fault}`];
    }),
  );
  return faults.flat();
}

describe("commands in texts", () => {
  it.each(markdownFiles())("are verbs and options that there are: %s", async (file) => {
    expect(await faultsOf(callsIn(file))).toEqual([]);
  });

  const scripts = [
    "Makefile",
    ...globSync([".github/workflows/*.yml", ".github/actions/**/*.yml", ".github/scripts/*.ts"], { cwd: projectDir }),
  ];

  it.each(scripts)("are verbs and options that there are: %s", async (file) => {
    expect(await faultsOf(callsInLines(textOf(file).split("\n")))).toEqual([]);
  });

  it("are found in every workflow that does not only run the tests or build the images", () => {
    const workflows = scripts.filter((file) => file.startsWith(".github/workflows/"));
    const verbs = workflows.map((file) => callsInLines(textOf(file).split("\n")).map(({ words }) => words[0]));
    const silent = workflows.filter((_, at) => verbs[at]?.length === 0);
    expect(silent.filter((file) => !/\bmake test|\bdocker buildx\b/.test(textOf(file)))).toEqual([]);
    expect(new Set(verbs.flat())).toEqual(
      new Set(["validate", "plan", "up", "drift", "fleet", "rollout", "rotate", "snapshot", "suspend", "verify"]),
    );
  });

  it("are refused when they are wrong", async () => {
    const lines = [
      "npx tenantry obliterate",
      "npx tenantry up --force",
      "npx tenantry cloud fly",
      "cli/tenantry cloud up --json",
    ];
    expect(await Promise.all(callsInLines(lines).map(faultOf))).toEqual([
      "no verb obliterate",
      "up has no --force",
      "no cloud fly",
      undefined,
    ]);
  });

  it("name targets of the Makefile, where they are make's", () => {
    const targets = [...textOf("Makefile").matchAll(/^([a-z-]+):/gm)].map(([, target]) => target);
    const named = markdownFiles().flatMap((file) => {
      const { spans, lines } = codeIn(textOf(file));
      return [...spans, ...lines].flatMap((text) => /^make ([a-z-]+)/.exec(text)?.[1] ?? []);
    });
    expect(named).toEqual(expect.arrayContaining(["up", "test"]));
    expect(named.filter((target) => !targets.includes(target))).toEqual([]);
  });

  it("name files of ours where they are Node's, and scripts of package.json where they are npm's", () => {
    const { scripts = {} } = JSON.parse(textOf("package.json")) as { scripts?: Record<string, string> };
    const wrong = markdownFiles().flatMap((file) => {
      const { spans, lines } = codeIn(textOf(file));
      const texts = [...spans, ...lines];
      const files = texts.flatMap((text) => /^(?:[A-Z_]+=\S+ )?node (?:--\S+ )*([\w./-]+\.ts)/.exec(text)?.[1] ?? []);
      const named = texts.flatMap((text) => /^npm run ([\w:-]+)/.exec(text)?.[1] ?? []);
      return [
        ...files.filter((each) => !existsSync(join(projectDir, each))),
        ...named.filter((each) => !Object.hasOwn(scripts, each)),
      ].map((each) => `${file}: ${each}`);
    });
    expect(wrong).toEqual([]);
  });
});

describe("docs/cli.md", () => {
  it.each(VERBS.map(({ name }) => name))(
    "explains the verb %s, with two or three examples and a page to read on",
    (name) => {
      const section = new RegExp(`^### ${name}$.*?(?=^##|(?![^]))`, "ms").exec(textOf("docs/cli.md"))?.[0] ?? "";
      const { examples, page } = GUIDES[name] ?? { examples: [], page: "none" };
      expect([2, 3]).toContain(examples.length);
      for (const [line] of examples)
        expect(section).toContain(`npx ${line}`.replace(/npx (?!tenantry)(.*)tenantry/, "$1npx tenantry"));
      expect(existsSync(join(projectDir, page))).toBe(true);
    },
  );
});
