import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { type Cast, castText, quickened } from "./cast.ts";
import { asSvg } from "./svg.ts";

/**
 * `node docs/recording/record.ts`: runs the first minutes with tenantry at a pseudo-terminal (util-linux `script`), with a
 * home of their own, and writes docs/recording/first-minutes.cast and .svg. The tenant that it makes is gone afterwards.
 */
const PROJECT = join(import.meta.dirname, "../..");
const [WIDTH, HEIGHT] = [104, 32];
const TENANT = "hooli";
/** What is typed, and the answer to what it asks. */
const LINES: readonly (readonly [line: string, question?: string, answer?: string])[] = [
  ["make up"],
  [`npx tenantry new ${TENANT} --owner ops@${TENANT}.example --region fra`],
  ["npx tenantry plan"],
  ["npx tenantry up", "[y/N] ", "y"],
  ["npx tenantry status"],
  ["npx tenantry drift"],
];
const KEY_SECONDS = 0.05;

const home = mkdtempSync(join(tmpdir(), "tenantry-recording-"));
const env: NodeJS.ProcessEnv = { ...process.env, TENANTRY_HOME: home, TERM: "xterm-256color", FORCE_COLOR: "1" };
// As in the shell of somebody whose Node is new enough.
env["PATH"] = [join(PROJECT, ".tenantry/bin"), env["PATH"]].join(delimiter);
delete env["CI"];
const begun = performance.now();
const events: [number, string][] = [];
let isRecording = true;
const tell = (text: string) => {
  if (isRecording) events.push([(performance.now() - begun) / 1000, text]);
};

try {
  for (const [line, question, answer] of LINES) {
    tell("\u001b[1m\u001b[32m$\u001b[39m ");
    for (const key of line) {
      await sleep(KEY_SECONDS * 1000);
      tell(key);
    }
    tell("\u001b[22m\r\n");
    await run(line, question, answer);
    tell("\r\n");
  }
  tell("\u001b[1m\u001b[32m$\u001b[39m\u001b[22m ");
} finally {
  isRecording = false;
  await run("cli/tenantry cloud down --erase");
  rmSync(join(PROJECT, `tenants/local/${TENANT}.yaml`), { force: true });
  rmSync(home, { recursive: true, force: true });
}

const whole: Cast = { width: WIDTH, height: HEIGHT, title: "The first minutes with tenantry", events: told(events) };
const cast = quickened(whole, { most: 1.2, together: 0.12 });
writeFileSync(join(import.meta.dirname, "first-minutes.cast"), castText(cast));
writeFileSync(join(import.meta.dirname, "first-minutes.svg"), asSvg(cast));

async function run(line: string, question?: string, answer?: string): Promise<void> {
  const command = `stty cols ${WIDTH} rows ${HEIGHT} -echo; ${line}`;
  const child = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], { cwd: PROJECT, env });
  let asked = question;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    tell(text);
    if (asked === undefined || !text.includes(asked)) return;
    asked = undefined;
    void sleep(1000).then(() => {
      child.stdin.write(`${answer ?? ""}\r`);
    });
  });
  await once(child, "close");
}

/** Nothing of the computer that it was recorded on. */
function told(all: readonly [number, string][]): [number, string][] {
  const ours: readonly (readonly [string, string])[] = [
    [home, "~/tenantry/.tenantry"],
    [PROJECT, "~/tenantry"],
    [hostname(), "laptop"],
  ];
  return all.map(([at, text]) => [at, ours.reduce((words, [path, name]) => words.replaceAll(path, name), text)]);
}
