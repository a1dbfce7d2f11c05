// `make test-strangers [NAME…]`: other people's clients, in exact versions from their registries, against an embedded cloud of
// its own. Leaves counts in strangers.json and strangers.md. Exit code 1: something failed that is not known to.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";

import { cloudEnvironment } from "../../cli/cloud-environment.ts";
import type { Descriptor } from "../../stack/accounts.ts";
import { startCloud } from "../support/cloud.ts";
import { asMarkdown, type Result, resultOf, surprises } from "./results.ts";
import { isInstalled, type Suite, SUITES } from "./suites.ts";

const here = import.meta.dirname;
const out = join(here, "../../.tenantry/strangers");
const SUITE_LIMIT_MS = 300_000;

async function main(names: readonly string[]): Promise<void> {
  // Before it begins: whoever commits meanwhile does not change what is tried.
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: here, encoding: "utf8" }).trim();
  const cloud = await startCloud();
  const results: Result[] = [];
  try {
    for (const suite of SUITES.filter(({ name }) => names.length === 0 || names.includes(name))) {
      const env = { ...cloudEnvironment(cloud.descriptor), ...(await database(cloud.descriptor, suite.name)) };
      const result = await outcome(suite, env);
      results.push(result);
      const { name, passed, failed, skipped } = result;
      console.log(`${name}: ${skipped === undefined ? `${passed.length} passed, ${failed.length} failed` : skipped}`);
      for (const line of failed) console.log(`  not ok ${line}`);
    }
  } finally {
    await cloud.dispose();
  }
  keep(results, commit);
  process.exitCode = results.some((result) => surprises(result).length > 0) ? 1 : 0;
}

async function outcome(suite: Suite, env: Readonly<Record<string, string>>): Promise<Result> {
  const { name, needs, versions, prepare, command } = suite;
  const folder = join(here, name);
  if (needs !== undefined && !isInstalled(needs)) return skipped(name, "", `${needs} is not installed`);
  const version = versions(folder);
  const work = join(out, name);
  rmSync(work, { recursive: true, force: true });
  cpSync(folder, work, { recursive: true });
  try {
    await prepare(folder, work);
  } catch (error) {
    const said = String((error as { stderr?: Buffer }).stderr ?? error).trim();
    return skipped(name, version, `it cannot be had here: ${said.split("\n").at(-1) ?? ""}`);
  }
  const [program = "", script = ""] = command;
  const path = `${join(work, "venv/bin")}:${process.env["PATH"] ?? ""}`;
  const [said, log] = [join(work, "suite.out"), join(work, "suite.log")];
  const ran = spawn(program, [script], {
    cwd: work,
    timeout: SUITE_LIMIT_MS,
    stdio: ["ignore", openSync(said, "w"), openSync(log, "w")],
    env: { ...env, PATH: path, HOME: work, AWS_EC2_METADATA_DISABLED: "true" },
  });
  const [exitCode] = (await once(ran, "exit")) as [number | null];
  return resultOf(name, version, readFileSync(said, "utf8"), exitCode);
}

function skipped(name: string, versions: string, why: string): Result {
  return { name, versions, passed: [], failed: [], skipped: why };
}

/** A database of the suite's own. */
async function database({ turso }: Descriptor, name: string): Promise<Readonly<Record<string, string>>> {
  const ask = async <Body>(path: string, body?: object): Promise<Body> => {
    const response = await fetch(`${turso.endpoint}/v1/organizations/${turso.organization}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${turso.token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok && response.status !== 409)
      throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Body;
  };
  await ask("/groups", { name: "strangers", location: "aws-us-east-1" });
  const made = await ask<{ database: { Hostname: string } }>("/databases", { name, group: "strangers" });
  const { jwt } = await ask<{ jwt: string }>(`/databases/${name}/auth/tokens`);
  return { DATABASE_HOST: made.database.Hostname, DATABASE_AUTH_TOKEN: jwt };
}

function keep(results: readonly Result[], commit: string): void {
  const computer = `${availableParallelism()} cores, Node ${process.versions.node}`;
  const conditions = { date: new Date().toISOString().slice(0, 10), commit, computer };
  writeFileSync(join(out, "strangers.json"), `${JSON.stringify({ ...conditions, results }, null, 2)}\n`);
  writeFileSync(join(out, "strangers.md"), `${asMarkdown(results, conditions)}\n`);
  console.log(`\ncounts: ${out}/strangers.md`);
}

await main(process.argv.slice(2));
