import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
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
    // The policy pack's launcher finds the room beside the pack's folder.
    const pack = join(dir, "project/policies/pack");
    mkdirSync(pack, { recursive: true });
    symlinkSync(ROOM, join(dir, "project/processes"));
    const start = (file: string, ...args: string[]) =>
      said(spawn(file, args, { env: { PATH: `${dir}:${process.env["PATH"] ?? ""}`, ...env } }));
    const host = await start(join(ROOM, "pulumi-language-nodejs"));
    const policies = await start(join(ROOT, "policies/pack/pulumi-analyzer-policy-tenantry"), "127.0.0.1:1", pack);
    expect([host, policies]).toEqual([expect.stringMatching(expected), expect.stringMatching(expected)]);
  });
});

describe("the program", () => {
  const first = `--import=file://${join(ROOM, "as-the-program.ts")}`;

  it("loads npm's package tree when it is used, not with Pulumi's SDK", async () => {
    const script = `const loaded = () => Object.keys(require.cache).filter((file) => file.includes("@npmcli/arborist/")).length;
      require("@pulumi/pulumi");
      const before = loaded();
      const { Arborist } = require("@npmcli/arborist");
      console.log(before, Arborist.name, loaded() > 20, require("@npmcli/arborist").Arborist === Arborist);`;
    expect(await said(node([first, "--input-type=commonjs", "-e", script], {}))).toBe("1 Arborist true true\n");
  }, 30_000);

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
