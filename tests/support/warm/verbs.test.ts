import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, expect, it } from "@jest/globals";

import { scratchProject, type ScratchProject } from "../scratch-project.ts";

const LIMIT_MS = 300_000;
const home = () => mkdtempSync(join(tmpdir(), "tenantry-warm-"));
const cold = scratchProject(home());
const warm = scratchProject(home(), { verbs: "warm" });
afterAll(() => {
  for (const project of [cold, warm]) project.dispose();
});

it(
  "answers as a process for each verb does: exit code, both outputs, folder, environment, nothing from before",
  async () => {
    for (const project of [cold, warm]) project.tenant("acme");
    const both = async (...words: string[]) => {
      const [one, other] = [await cold.tenantry(...words), await warm.tenantry(...words)];
      const bare = ({ stderr, ...ran }: typeof one) => ({ ...ran, stderr: stderr.replaceAll(warm.dir, cold.dir) });
      expect({ words, ran: bare(other) }).toEqual({ words, ran: bare(one) });
      return other;
    };
    expect(await both("validate")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^local: 1 tenant file/) as unknown,
    });
    expect(await both("validate", "--stack", "nowhere")).toMatchObject({ code: 1, stdout: "" });
    expect(await both("validate", "--never")).toMatchObject({ code: 1, stdout: "" });
    for (const { env } of [cold, warm]) env["TENANTRY_STACK"] = "elsewhere";
    expect((await both("validate")).stderr).toContain("elsewhere");
    for (const { env } of [cold, warm]) delete env["TENANTRY_STACK"];
    expect(await both("validate")).toMatchObject({ code: 0, stderr: "" });
  },
  LIMIT_MS,
);

/** What the program says where it is limited to tenants by somebody else than tenantry, and how Pulumi ends. */
async function refusedPreview(project: ScratchProject): Promise<string> {
  project.tenant("acme");
  await project.pulumi("stack", "select", "--create");
  project.env["TENANTRY_LIMITED_TO"] = "acme";
  const { code, stdout } = await project.pulumi("preview");
  delete project.env["TENANTRY_LIMITED_TO"];
  expect(stdout).toContain("TENANTRY_LIMITED_TO is set outside a run");
  return `${code ?? ""}: ${stdout.slice(stdout.indexOf("Diagnostics:")).replace(/Duration: .*/, "")}`;
}

/** The processes that those that run verbs have started, whose command line holds these words. */
function processesWith(words: string): number[] {
  const hosts = [...(globalThis.warmHosts ?? [])].map(([, { process }]) => Number(process.pid));
  const below = hosts.flatMap((pid) => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").match(/\d+/g) ?? []);
  return below.map(Number).filter((pid) => commandLineOf(pid).includes(words));
}

/** Nothing where the process has ended. */
function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

const programs = () => processesWith("warm/program.ts");

it(
  "runs the program in the environment of its engine, and has it fail as often, in the same words, as in a process of its own",
  async () => {
    const words: string[] = [];
    for (const project of [cold, warm, warm]) words.push(await refusedPreview(project));
    expect(words).toEqual([words[0], words[0], words[0]]);
  },
  LIMIT_MS,
);

it(
  "starts the program again where something has killed it",
  async () => {
    const before = await refusedPreview(warm);
    expect(programs()).not.toEqual([]);
    for (const pid of programs()) process.kill(pid, "SIGKILL");
    expect(await refusedPreview(warm)).toBe(before);
  },
  LIMIT_MS,
);

/** Goes on until it is told to end, and fails. */
const KILLED = `
import { existsSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
const told = (word) => import.meta.dirname + "/" + word;
writeFileSync(told("begun"), "");
while (!existsSync(told("end"))) await sleep(10);
throw new Error("fault of the killed run");
`;

/** Has the program of the run before end, and fails once that has had the time. */
const NEXT = `
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
writeFileSync(process.env.KILLED + "/end", "");
await sleep(1000);
throw new Error("fault of the next run");
`;

async function warmProgram(text: string): Promise<ScratchProject> {
  const project = scratchProject(home(), { verbs: "warm" });
  await project.pulumi("stack", "select", "--create");
  rmSync(join(project.dir, "index.ts"));
  writeFileSync(join(project.dir, "index.ts"), text);
  return project;
}

it(
  "tells what went wrong in a run also when the one before was killed, and its program goes on",
  async () => {
    const [killed, next] = [await warmProgram(KILLED), await warmProgram(NEXT)];
    const ended = killed.pulumi("preview");
    while (!existsSync(join(killed.dir, "begun"))) await sleep(20);
    for (const pid of processesWith("pulumi preview")) process.kill(pid, "SIGKILL");
    expect(await ended).toMatchObject({ code: null });
    next.env["KILLED"] = killed.dir;
    const { code, stdout } = await next.pulumi("preview");
    const told = new Set(stdout.match(/fault of the \w+ run/g));
    expect({ code, told: [...told] }).toEqual({ code: 1, told: ["fault of the next run"] });
    for (const project of [killed, next]) project.dispose();
  },
  LIMIT_MS,
);

it(
  "gives a verb a process of its own while another is at work, or when it is none of those that may share one",
  async () => {
    const [one, other] = await Promise.all([warm.tenantry("validate"), warm.tenantry("validate", "--json")]);
    expect([one.code, other.code, one.stdout === other.stdout]).toEqual([0, 0, false]);
    expect(await warm.tenantry("completion", "bash")).toMatchObject({ code: 0, stderr: "" });
  },
  LIMIT_MS,
);

it(
  "lends its provider and its program to what a test starts itself, and serves verbs again afterwards",
  async () => {
    const line = 'for name in PULUMI_DEBUG_PROVIDERS TENANTRY_WARM_PROGRAM; do eval "echo \\"$name=\\$$name\\""; done';
    expect((await cold.shell(line)).stdout).toBe("PULUMI_DEBUG_PROVIDERS=\nTENANTRY_WARM_PROGRAM=\n");
    expect((await warm.shell(line)).stdout).toMatch(
      /^PULUMI_DEBUG_PROVIDERS=tenantry:\d+\nTENANTRY_WARM_PROGRAM=\/.+\n$/,
    );
    const [lent, meanwhile] = await Promise.all([warm.shell(`sleep 1; ${line}`), warm.tenantry("validate")]);
    expect([lent.code, meanwhile.code]).toEqual([0, 0]);
    expect(await warm.tenantry("validate")).toMatchObject({ code: 0, stderr: "" });
  },
  LIMIT_MS,
);
