import { tmpdir } from "node:os";

import { describe, expect, it } from "@jest/globals";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import * as z from "zod";

import { TOKENS } from "../../resource-kinds/tokens.ts";
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
