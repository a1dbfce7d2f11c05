import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { engineErrors } from "../../../operations/engine/errors.ts";
import type { StackContext } from "../../../stack/context.ts";
import { holdStack, refuseLockedStack } from "../../../operations/engine/stack-lock.ts";
import { RUN_MARK } from "../../../processes/runs.ts";
import { TenantryError } from "../../../errors/tenantry-error.ts";
import { parseSettings } from "../../../stack/settings.ts";

let home: string;
let context: StackContext;
const started: ChildProcess[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "tenantry-lock-"));
  const settings = { fleetId: "0123456789abcdef", prefix: "tst", tursoOrganization: "o", flyOrganization: "o" };
  context = {
    projectDir: home,
    home,
    stack: "local",
    settings: parseSettings("local", { ...settings, cloud: "embedded" }),
  };
});

afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  rmSync(home, { recursive: true, force: true });
});

const locks = () => join(home, "state/.pulumi/locks/organization/tenantry/local");

/** A lock as Pulumi's file backend writes it. */
function lockOf(pid: number, host = hostname()): void {
  mkdirSync(locks(), { recursive: true });
  const lock = { pid, username: "ops", hostname: host, timestamp: "2026-01-01T00:00:00Z" };
  writeFileSync(join(locks(), "6d003630.json"), JSON.stringify(lock));
  writeFileSync(join(locks(), "6d003630.json.attrs"), "{}");
}

/** A program whose process is called `pulumi`; ends when its standard input ends. */
function program(): string {
  const path = join(home, "pulumi");
  writeFileSync(path, "#!/bin/sh\nread -r line\n", { mode: 0o755 });
  return path;
}

async function aPulumi(env: Record<string, string> = {}): Promise<ChildProcess & { pid: number }> {
  const child = spawn(program(), { stdio: ["pipe", "ignore", "ignore"], env: { PATH: process.env["PATH"], ...env } });
  started.push(child);
  await once(child, "spawn");
  return child as ChildProcess & { pid: number };
}

async function refusal(work: () => unknown): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    return TenantryError.is(error, engineErrors.STACK_LOCKED);
  }
}

describe("a stack that is to be deployed", () => {
  it("is refused while another `tenantry up` holds it, and free again when that has released it", async () => {
    const first = await holdStack(context);
    expect(await refusal(() => holdStack(context))).toBe(true);
    first.release();
    (await holdStack(context)).release();
  });

  it("is free when the `tenantry up` that held it was killed with -9", async () => {
    const module = join(import.meta.dirname, "../../../operations/engine/stack-lock.ts");
    const script = `const { holdStack } = await import(${JSON.stringify(module)});
      await holdStack(${JSON.stringify(context)});
      console.log("held");
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    started.push(child);
    await once(child.stdout, "data");
    expect(await refusal(() => holdStack(context))).toBe(true);
    child.kill("SIGKILL");
    await once(child, "exit");
    (await holdStack(context)).release();
  });

  it("is refused while a plain pulumi is at work on it, with who holds it since when, and what to do if that died", async () => {
    const { pid } = await aPulumi();
    lockOf(pid);
    await expect(holdStack(context)).rejects.toThrow(
      new RegExp(
        `^STACK_LOCKED: process ${pid} holds local since 2026-01-01T00:00:00Z\n.*Wait until it ends.*pulumi cancel --yes --stack local`,
      ),
    );
    expect(await refusal(() => refuseLockedStack(context))).toBe(true);
    expect(readdirSync(locks())).toHaveLength(2);
  });

  it("is refused when the lock is another computer's, whose processes cannot be seen", async () => {
    lockOf(process.pid, "elsewhere");
    expect(await refusal(() => holdStack(context))).toBe(true);
    expect(readdirSync(locks())).toHaveLength(2);
  });

  it("waits for a pulumi whose `tenantry up` was killed", async () => {
    const orphan = await aPulumi({ [RUN_MARK]: "1 1 elsewhere" });
    lockOf(orphan.pid);
    let isHeld = false;
    const holding = holdStack(context).then((hold) => {
      isHeld = true;
      return hold;
    });
    await sleep(400);
    expect(isHeld).toBe(false);
    orphan.stdin?.end();
    (await holding).release();
    expect(readdirSync(locks())).toEqual([]);
  });

  it("is freed of the lock of a process that has died, and of one whose number another program has now", async () => {
    const dead = await aPulumi();
    dead.kill("SIGKILL");
    await once(dead, "exit");
    for (const pid of [dead.pid, process.pid]) {
      lockOf(pid);
      expect(await refusal(() => refuseLockedStack(context))).toBe(false);
      (await holdStack(context)).release();
      expect(readdirSync(locks())).toEqual([]);
    }
  });

  it("is freed of the lock of a dead process that is still a zombie", async () => {
    // By way of 3: what a shell starts in the background has /dev/null for its 0, and would end at once.
    const parent = spawn("/bin/sh", ["-c", 'exec 3<&0; "$0" <&3 & echo $!; exec sleep 60', program()], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    started.push(parent);
    const [text] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(text.toString());
    lockOf(pid);
    // A shell buries its children, sleep does not.
    while (readFileSync(`/proc/${parent.pid}/comm`, "utf8") !== "sleep\n") await sleep(20);
    parent.stdin.end();
    while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"))) await sleep(20);
    (await holdStack(context)).release();
    expect(readdirSync(locks())).toEqual([]);
  });
});
