import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

const MAIN = join(import.meta.dirname, "many-runs.ts");
const SLOW = 60_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tenantry-runs-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const noted = (what: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(`.${what}`))
    .map((name) => name.split(".")[0])
    .sort();

/** Runs on each of these stacks, two at a time; both have begun. */
async function begun(...stacks: string[]): Promise<ChildProcess & { readonly printed: Promise<string> }> {
  const node = ["--disable-warning=ExperimentalWarning", MAIN, "all", folder, "2", ...stacks];
  const child = spawn(process.execPath, node, { stdio: ["ignore", "pipe", "inherit"], detached: true });
  const printed = text(child.stdout);
  while (noted("began").length < 2) await sleep(20);
  return Object.assign(child, { printed });
}

const go = () => writeFileSync(join(folder, "go"), "");

describe("a verb on many stacks", () => {
  it(
    "runs so many at a time, and goes on when one fails",
    async () => {
      const child = await begun("bad", "one", "two");
      expect(noted("began")).toEqual(["bad", "one"]);
      go();
      expect(JSON.parse(await child.printed)).toEqual([
        { stack: "bad", code: 1 },
        { stack: "one", code: 0, found: { told: null } },
        { stack: "two", code: 0, found: { told: null } },
      ]);
    },
    SLOW,
  );

  it.each([
    ["asked to end, it asks those that run, once", "SIGTERM", "parent", "SIGTERM"],
    ["interrupted at a terminal, which tells those that run by itself", "SIGINT", "group", "SIGINT"],
    ["interrupted alone, those that run come to their own end", "SIGINT", "parent", undefined],
  ] as const)(
    "%s, waits for them, begins no other, and says which",
    async (_how, signal, whom, heard) => {
      const child = await begun("one", "two", "three");
      process.kill(whom === "group" ? -(child.pid ?? 0) : (child.pid ?? 0), signal);
      if (heard === undefined) await sleep(500);
      else while (noted(heard).length < 2) await sleep(20);
      go();
      const told = { told: heard ?? null };
      expect(JSON.parse(await child.printed)).toEqual([
        { stack: "one", code: heard === undefined ? 0 : 1, found: told },
        { stack: "two", code: heard === undefined ? 0 : 1, found: told },
        { stack: "three" },
      ]);
      expect(noted("began")).toEqual(["one", "two"]);
    },
    SLOW,
  );

  it(
    "killed, has the kernel interrupt those that run, and none begins",
    async () => {
      const child = await begun("one", "two", "three");
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
      while (noted("SIGINT").length < 2) await sleep(20);
      go();
      await sleep(200);
      expect(existsSync(join(folder, "three.began"))).toBe(false);
    },
    SLOW,
  );
});
