import type grpc from "@grpc/grpc-js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";

import { claimingApp } from "../../resource-kinds/claim.ts";
import { flyClaims } from "../../provider/fly/claims.ts";
import { type FlyClient, flyClient } from "../../provider/fly/client.ts";
import { flyTypes } from "../../provider/fly/index.ts";
import type { MachinePatience } from "../../provider/fly/machine.ts";
import { servePlugin } from "../../provider/plugin/server.ts";
import { type AnyType, type Configured, ProviderService } from "../../provider/plugin/service.ts";
import { send } from "../../provider/plugin/wire.ts";
import { accessKeyType } from "../../provider/tigris/access-key.ts";
import { bucketType } from "../../provider/tigris/bucket.ts";
import { tigrisClaims } from "../../provider/tigris/claims.ts";
import { type TigrisClient, tigrisClient } from "../../provider/tigris/client.ts";
import { type TursoClient, tursoClient } from "../../provider/turso/client.ts";
import { databaseTokenType } from "../../provider/turso/database-token.ts";
import { databaseType } from "../../provider/turso/database.ts";
import { groupType } from "../../provider/turso/group.ts";
import type { Accounts } from "../../stack/accounts.ts";
import type { StackSettings } from "../../stack/settings.ts";
import { physicalNames } from "../../tenants/physical-name.ts";
import { ask, connect, type PluginClient } from "../support/plugin-client.ts";

/** How patient the vendors' clients of a run are. */
export interface Patience {
  /** Attempts after the first. */
  readonly retries: number;
  /** Milliseconds for one attempt, whatever is asked. */
  readonly timeoutMs: number;
}

/** The provider of one run: what it remembers of a vendor goes with it, as with a process. */
export interface RunningPlugin {
  readonly client: PluginClient;
  /** What it said to the user. */
  readonly lines: readonly string[];
  stop(): void;
}

/** A machine takes no longer than this to be well here, and no answer is waited for longer. */
const MACHINES = { bootLimitMs: 10_000, lookMs: 400, leaseSeconds: 3 };

/** The real provider in this process, over the real gRPC service, with the embedded cloud's accounts. */
export async function runPlugin(
  { settings, accounts }: { readonly settings: StackSettings; readonly accounts: Accounts },
  patience: Patience | undefined,
  clock: () => Date,
): Promise<RunningPlugin> {
  const lines: string[] = [];
  const service = new ProviderService(clock, (_severity, _urn, line) => lines.push(line));
  const { port, server } = await servePlugin({
    version: "0.0.0",
    service,
    schema: () => Promise.resolve("{}"),
    engine: () => undefined,
    configure: () =>
      configuredOver(clientsOf(accounts, patience), settings, accounts, { settleMs: 0, machines: MACHINES }),
  });
  const client = connect(port);
  await ask(client, "configure", new provider.ConfigureRequest().setArgs(send({})));
  return { client, lines, stop: () => stop(client, server) };
}

/** Clients that give up as early as the test needs it. */
function clientsOf(accounts: Accounts, patience: Patience | undefined): Clients {
  return {
    tigris: tigrisClient(accounts.tigris, patience),
    turso: tursoClient(accounts.turso, patience),
    fly: flyClient(accounts.fly, patience),
  };
}

function stop(client: PluginClient, server: grpc.Server): void {
  client.close();
  server.forceShutdown();
}

/** The vendors' clients of one run. */
export interface Clients {
  readonly tigris: TigrisClient;
  readonly turso: TursoClient;
  readonly fly: FlyClient;
}

/** The same as provider/types.ts, over clients of a test's own. */
export function configuredOver(
  { tigris, turso, fly }: Clients,
  settings: StackSettings,
  accounts: Accounts,
  hurry: { readonly settleMs?: number; readonly machines?: Partial<MachinePatience> } = {},
): Configured {
  const { settleMs, machines = {} } = hurry;
  const types: Readonly<Record<string, unknown>> = {
    "tenantry:tigris:Bucket": bucketType(tigris, settleMs === undefined ? {} : { settleMs }),
    "tenantry:tigris:AccessKey": accessKeyType(tigris),
    "tenantry:turso:Group": groupType(turso),
    "tenantry:turso:Database": databaseType(turso),
    "tenantry:turso:DatabaseToken": databaseTokenType(turso),
    ...flyTypes(accounts.fly, { client: fly, patience: machines }),
  };
  const claims = { tigris: tigrisClaims(tigris), fly: flyClaims(fly, accounts.fly.organization) };
  return {
    type: (token) => Promise.resolve(types[token] as AnyType),
    owner: (stack, tenant) => ({ fleetId: settings.fleetId, stack, tenant }),
    claimOf: (stack, tenant) => physicalNames({ ...settings, stack, tenant }).bucket,
    claims: {
      read(claim, owner) {
        const app = claimingApp(claim);
        return app === undefined ? claims.tigris.read(claim, owner) : claims.fly.read(app, owner);
      },
    },
  };
}
