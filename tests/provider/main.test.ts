import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import * as z from "zod";

import { TOKENS } from "../../resource-kinds/kinds.ts";
import { ask, connect, startPlugin } from "../support/plugin-client.ts";

describe("the plugin", () => {
  it("tells the schema of all its types before it is configured, as `pulumi import` asks for it", async () => {
    const { port, process } = await startPlugin(tmpdir(), {});
    const client = connect(port);
    try {
      const answer = await ask(client, "getSchema", new provider.GetSchemaRequest());
      const { resources } = z
        .object({ resources: z.record(z.string(), z.object({ inputProperties: z.record(z.string(), z.unknown()) })) })
        .parse(JSON.parse(answer.getSchema()));
      expect(Object.keys(resources).sort()).toEqual([...TOKENS].sort());
      expect(resources["tenantry:turso:Database"]?.inputProperties).toHaveProperty("sizeLimit");
    } finally {
      client.close();
      process.kill();
    }
  }, 20_000);
});

describe("the plugin's first line", () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "tenantry-first-line-"));
    writeFileSync(join(dir, "loud.cjs"), 'console.log("loud");');
  });
  afterAll(() => {
    rmSync(dir, { recursive: true });
  });

  it.each([
    ["FORCE_COLOR", "1"],
    ["FORCE_COLOR", "3"],
    ["CLICOLOR_FORCE", "1"],
    ["NO_COLOR", "1"],
    ["NODE_DEBUG", "timer"],
    ["NODE_OPTIONS", "--require=./loud.cjs"],
    ["NODE_OPTIONS", "--trace-warnings --trace-deprecation"],
  ])(
    "is the bare port with %s=%s",
    async (name, value) => {
      const { port, process } = await startPlugin(dir, { [name]: value });
      process.kill();
      expect(port).toBeGreaterThan(0);
    },
    20_000,
  );
});

describe("what a script of ours starts", () => {
  const script = `. ${JSON.stringify(join(import.meta.dirname, "../../processes/loopback.sh"))}; env`;
  const exceptions = (env: Record<string, string>): Record<string, string[]> => {
    const text = execFileSync("sh", ["-c", script], { env: { PATH: process.env["PATH"], ...env }, encoding: "utf8" });
    const found = [...text.matchAll(/^(no_\w+)=(.*)$/gim)];
    return Object.fromEntries(found.map(([, name = "", list = ""]) => [name, list.split(",")]));
  };
  const LOOPBACK = ["localhost", "127.0.0.1", "::1"];

  it.each([
    ["nothing is excepted", {}, LOOPBACK],
    ["only the capital name excepts something", { NO_PROXY: "corp" }, ["corp", ...LOOPBACK]],
    ["only the small name excepts something", { no_proxy: "corp" }, ["corp", ...LOOPBACK]],
    ["both do", { NO_PROXY: "one", no_proxy: "two" }, ["one", "two", ...LOOPBACK]],
    ["loopback is excepted already", { NO_PROXY: LOOPBACK.join(","), no_proxy: LOOPBACK.join(",") }, LOOPBACK],
  ])("asks no proxy for this computer where %s", (_, env, expected) => {
    const found = exceptions(env);
    expect(found).toEqual({ NO_PROXY: expected, no_proxy: expected });
  });

  it("asks none either where gRPC has a list of its own", () => {
    expect(exceptions({ no_grpc_proxy: "corp" })["no_grpc_proxy"]).toEqual(["corp", ...LOOPBACK]);
  });
});
