import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

import grpc from "@grpc/grpc-js";
import type plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type provider from "@pulumi/pulumi/proto/provider_pb.js";
import type empty from "google-protobuf/google/protobuf/empty_pb.js";

/** A plain gRPC client of the provider protocol: no Pulumi CLI, no SDK. */
export type PluginClient = providerGrpc.ResourceProviderClient;

export function connect(port: number): PluginClient {
  return new providerGrpc.ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
}

interface Replies {
  handshake: provider.ProviderHandshakeResponse;
  configure: provider.ConfigureResponse;
  getSchema: provider.GetSchemaResponse;
  getPluginInfo: plugin.PluginInfo;
  check: provider.CheckResponse;
  diff: provider.DiffResponse;
  create: provider.CreateResponse;
  read: provider.ReadResponse;
  update: provider.UpdateResponse;
  delete: empty.Empty;
}

/** One call as a promise: `await ask(client, "create", request)`. */
export function ask<Method extends keyof Replies>(
  client: PluginClient,
  method: Method,
  request: unknown,
): Promise<Replies[Method]> {
  type Unary = (request: unknown, done: (error: grpc.ServiceError | null, reply: Replies[Method]) => void) => void;
  const call = (client[method] as unknown as Unary).bind(client);
  return new Promise((resolve, reject) => {
    call(request, (error, reply) => {
      if (error === null) resolve(reply);
      else reject(error);
    });
  });
}

/** Starts the real plugin as the engine does; answers its port, how long it took (milliseconds) and the process. */
export async function startPlugin(
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<{ port: number; startedInMs: number; process: ChildProcess }> {
  const started = performance.now();
  const plugin = spawn(join(import.meta.dirname, "../../provider/pulumi-resource-tenantry"), [], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface(plugin.stdout), "line")) as [string];
  return { port: Number(line), startedInMs: performance.now() - started, process: plugin };
}
