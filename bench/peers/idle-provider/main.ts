import * as z from "zod";

import { servePlugin } from "../../../provider/plugin/server.ts";
import { type AnyType, ProviderService } from "../../../provider/plugin/service.ts";
import { parseUrn } from "../../../resource-kinds/urn.ts";

/**
 * A provider of the same resource types that does nothing: no call, no check, made-up outputs. What a deployment costs
 * with it is what Pulumi and the program cost; the difference to the real provider is ours.
 */
const OUTPUTS: Readonly<Record<string, object>> = {
  "tenantry:tigris:AccessKey": { secretAccessKey: "s".repeat(40) },
  "tenantry:turso:Database": { dbId: "00000000-0000-0000-0000-000000000000", hostname: "127.0.0.1:1" },
  "tenantry:turso:DatabaseToken": { token: "t".repeat(200), expiresAt: "2030-01-01T00:00:00Z" },
  "tenantry:fly:Secrets": { version: 1, digests: {} },
  "tenantry:fly:Machine": { machineId: "m0", instanceId: "i0" },
};
const SECRET_OUTPUTS = ["secretAccessKey", "token"];

const service = new ProviderService(
  () => new Date(),
  () => undefined,
);

const { port } = await servePlugin({
  version: "0.0.0",
  service,
  schema: () => Promise.resolve("{}"),
  engine: () => undefined,
  configure: () => ({
    type: (token) => Promise.resolve(idle(token)),
    owner: (stack, tenant) => ({ fleetId: "idle", stack, tenant }),
    claimOf: () => "idle",
    claims: { read: () => Promise.resolve({ held: "by-us" }) },
  }),
});
console.log(port);

function idle(token: string): AnyType {
  const state = OUTPUTS[token] ?? {};
  return {
    token: token as AnyType["token"],
    inputs: z.looseObject({}),
    replaceOn: [],
    secretInputs: ["values"],
    outputs: Object.keys(state),
    secretOutputs: SECRET_OUTPUTS,
    foresee: (_inputs, known) => known?.state ?? {},
    create: (_inputs, call) => Promise.resolve({ id: `${token}/${parseUrn(call.urn).name}`, state: { ...state } }),
    read: (id, known) => Promise.resolve(known === undefined ? undefined : { id, ...known }),
    update: (_id, known) => Promise.resolve(known.state),
    delete: () => Promise.resolve(),
  };
}
