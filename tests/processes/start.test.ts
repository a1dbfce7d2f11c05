import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

const ROOT = join(import.meta.dirname, "../..");
const ROOM = join(ROOT, "processes");

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tenantry-start-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

function node(args: readonly string[], env: Record<string, string>): ChildProcess {
  const flags = ["--disable-warning=ExperimentalWarning"];
  return spawn(process.execPath, [...flags, ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env["PATH"], ...env },
  });
}

async function said(child: ChildProcess): Promise<string> {
  return text(child.stdout ?? process.stdin);
}

describe("a Node process that the engine ends", () => {
  it("leaves what it has compiled for the next one, and ends by the signal like every other", async () => {
    const script = `import ${JSON.stringify(join(ROOM, "as-a-child.ts"))}; console.log("up"); setInterval(() => {}, 1000);`;
    const child = node(["--input-type=module", "-e", script], { NODE_COMPILE_CACHE: dir });
    await once(child.stdout ?? process.stdin, "data");
    const ended = once(child, "exit");
    child.kill("SIGINT");
    expect(await ended).toEqual([null, "SIGINT"]);
    const [version = ""] = readdirSync(dir);
    expect(readdirSync(join(dir, version)).length).toBeGreaterThan(1);
  }, 20_000);
});

describe("what the engine starts with Pulumi's SDK in it", () => {
  const told = '#!/bin/sh\necho "$NODE_COMPILE_CACHE"\n';

  it.each([
    ["where the environment names a folder", { NODE_COMPILE_CACHE: "/cache" }, /^\/cache\/program\n$/],
    ["where it names none", {}, /node_modules\/\.cache\/tenantry\/program\n$/],
  ])("keeps its compiled code apart from that of all others, %s", async (_, env, expected) => {
    for (const name of ["node", "pulumi-language-nodejs"]) {
      writeFileSync(join(dir, name), told);
      chmodSync(join(dir, name), 0o755);
    }
    const path = `${dir}:${process.env["PATH"] ?? ""}`;
    const host = await said(spawn(join(ROOM, "pulumi-language-nodejs"), [], { env: { PATH: path, ...env } }));
    expect(host).toMatch(expected);
  });
});

describe("the program", () => {
  const first = `--import=file://${join(ROOM, "as-the-program.ts")}`;

  it("loads what sends a function to a cloud when that is asked for, and it works", async () => {
    const script = `const loaded = (part) => Object.keys(require.cache).filter((file) => file.includes("/" + part + "/")).length;
      const pulumi = require("@pulumi/pulumi");
      const hooks = require("@pulumi/pulumi/runtime/closure/v8Hooks.js");
      const parts = () => ["normalize-package-data", "hosted-git-info", "typescript"].map(loaded);
      (async () => {
        await hooks.isInitializedAsync();
        console.log(...parts());
        const more = 41;
        console.log((await pulumi.runtime.serializeFunction(() => more + 1)).text.includes("more + 1"));
        const data = { name: "a", version: "v1.0.0", repository: "o/r" };
        require("normalize-package-data")(data);
        console.log(data.version, parts().every((count) => count > 0), typeof (await hooks.getSessionAsync()).post);
      })();`;
    const told = await said(node([first, "--input-type=commonjs", "-e", script], {}));
    expect(told).toBe("1 0 0\ntrue\n1.0.0 true function\n");
  }, 30_000);

  it("loads what traces it when somebody wants the trace", async () => {
    const script = `const traced = () => Object.keys(require.cache).some((file) => file.includes("@opentelemetry/sdk-trace"));
      const tracing = require("@pulumi/pulumi/cmd/run/tracing.js");
      const span = tracing.newSpan("one");
      span.setAttribute("a", 1);
      span.end();
      const before = traced();
      tracing.start("http://127.0.0.1:1/api/v2/spans");
      console.log(before, traced(), tracing.newSpan("two").isRecording(), process.env.TRACEPARENT);
      process.exit();`;
    const env = { TRACEPARENT: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };
    const told = await said(node([first, "--input-type=commonjs", "-e", script], env));
    expect(told).toBe("false true true undefined\n");
    const echo = "console.log(process.env.TRACEPARENT)";
    const kept = { ...env, PULUMI_OTEL_EXPORTER_OTLP_ENDPOINT: "127.0.0.1:1" };
    expect(await said(node([first, "--input-type=commonjs", "-e", echo], kept))).toBe(`${env.TRACEPARENT}\n`);
  }, 30_000);

  it("has its types stripped by Node, whatever the language host asks the SDK for", async () => {
    const script = 'console.log(process.env["PULUMI_NODEJS_TYPESCRIPT"]);';
    const child = node([first, "--input-type=commonjs", "-e", script], { PULUMI_NODEJS_TYPESCRIPT: "true" });
    expect(await said(child)).toBe("undefined\n");
  }, 20_000);
});
