import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { withParent } from "../../processes/with-parent.ts";

const ROOM = join(import.meta.dirname, "../../processes");
const LIMIT_MS = 15_000;

let dir: string;
const started: number[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tenantry-parent-"));
});

afterEach(() => {
  for (const pid of started.splice(0)) if (isAlive(pid)) process.kill(pid, "SIGKILL");
  rmSync(dir, { recursive: true });
});

function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

async function ends(pid: number): Promise<boolean> {
  for (const began = Date.now(); Date.now() - began < LIMIT_MS && isAlive(pid);) await sleep(20);
  return !isAlive(pid);
}

/** A parent that starts a child, says its number, and waits to be killed. */
async function family(parent: ChildProcess): Promise<{ parent: number; child: number }> {
  const [said] = (await once(parent.stdout ?? process.stdin, "data")) as [Buffer];
  const pids = { parent: parent.pid ?? 0, child: Number(said.toString()) };
  started.push(pids.parent, pids.child);
  return pids;
}

function node(script: string, env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env["PATH"], ...env },
  });
}

describe("a program started with its parent", () => {
  it("ends when the parent is killed with -9", async () => {
    const script = `import { spawn } from "node:child_process";
      import { withParent } from ${JSON.stringify(join(ROOM, "with-parent.ts"))};
      const [file, args] = withParent(["sleep", "60"], { path: process.env.PATH, signal: "KILL" });
      console.log(spawn(file, args, { stdio: "ignore" }).pid);
      setInterval(() => {}, 1000);`;
    const { parent, child } = await family(node(script));
    expect(isAlive(child)).toBe(true);
    process.kill(parent, "SIGKILL");
    expect(await ends(child)).toBe(true);
  });

  it("is missed by its own name where PATH does not have it", async () => {
    const [file, args] = withParent(["no-such-program"], { path: process.env["PATH"], signal: "KILL" });
    const child = spawn(file, args);
    expect(await once(child, "error")).toEqual([expect.objectContaining({ code: "ENOENT", path: "no-such-program" })]);
  });
});

describe("a Node process that the engine starts", () => {
  const idle = `import ${JSON.stringify(join(ROOM, "as-a-child.ts"))};`;
  const parentOf = (child: string) => `import { spawn } from "node:child_process";
    const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", ${JSON.stringify(child)}];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.once("data", () => console.log(child.pid));
    setInterval(() => {}, 1000);`;

  it.each([
    ["that has nothing to do", `${idle} console.log("up"); setInterval(() => {}, 1000);`],
    ["that prints without an end", `${idle} console.log("up"); setInterval(() => console.log("x"), 1);`],
    [
      "that answers each error by another, as Pulumi's SDK does",
      `${idle} process.on("uncaughtException", () => console.error("x")); console.log("up");
       setInterval(() => console.error("x"), 1);`,
    ],
    [
      "that does not let itself be ended by `process.exit`",
      `${idle} process.on("exit", () => { throw new Error("no"); }); process.on("uncaughtException", () => {});
       console.log("up"); setInterval(() => {}, 1000);`,
    ],
  ])(
    "%s ends when its parent is killed with -9",
    async (_, child) => {
      const pids = await family(node(parentOf(child)));
      process.kill(pids.parent, "SIGKILL");
      expect(await ends(pids.child)).toBe(true);
    },
    20_000,
  );
});

describe("the language host", () => {
  const WRAPPER = join(ROOM, "pulumi-language-nodejs");

  /** A language host that says its number, and what Node is to load first. */
  function aHost(folder: string): void {
    const text = '#!/bin/sh\necho "$$"\necho "$NODE_OPTIONS" >"$(dirname "$0")/options"\nexec sleep 60\n';
    writeFileSync(join(folder, "pulumi-language-nodejs"), text);
    chmodSync(join(folder, "pulumi-language-nodejs"), 0o755);
  }

  it.each([
    ["the kernel is asked", ["sh", "sleep", "sed", "dirname", "setpriv", "true"]],
    ["somebody has to look", ["sh", "sleep", "sed", "dirname", "true"]],
  ])(
    "ends when the engine is killed with -9, where %s",
    async (_, programs) => {
      for (const name of programs) symlinkSync(join("/usr/bin", name), join(dir, name));
      aHost(dir);
      const engine = spawn("/bin/sh", ["-c", '"$0" & wait', WRAPPER], {
        stdio: ["ignore", "pipe", "inherit"],
        env: { PATH: dir },
      });
      const { parent, child } = await family(engine);
      process.kill(parent, "SIGKILL");
      expect(await ends(child)).toBe(true);
    },
    20_000,
  );

  it("makes the program begin with what ends it, also in a folder whose name has blanks and signs", async () => {
    const folder = join(dir, "it's 100% of a #1 folder?");
    const script = `import { cpSync, mkdirSync } from "node:fs"; cpSync(${JSON.stringify(ROOM)}, ${JSON.stringify(folder)}, { recursive: true });`;
    await once(node(script), "close");
    writeFileSync(join(folder, "as-the-program.ts"), 'console.log("first");');
    writeFileSync(
      join(dir, "pulumi-language-nodejs"),
      `#!/bin/sh\nexec ${process.execPath} -e 'console.log("program")'\n`,
    );
    chmodSync(join(dir, "pulumi-language-nodejs"), 0o755);
    const host = spawn(join(folder, "pulumi-language-nodejs"), {
      stdio: ["ignore", "pipe", "inherit"],
      env: { PATH: `${dir}:${process.env["PATH"] ?? ""}` },
    });
    let said = "";
    host.stdout.on("data", (piece: Buffer) => (said += piece.toString()));
    await once(host, "close");
    expect(said).toBe("first\nprogram\n");
  });
});
