import { type FlyClient, flyClient } from "../../../provider/fly/client.ts";
import {
  type AppInputs,
  flyTypes,
  type MachineInputs,
  type MachineState,
  type VolumeInputs,
} from "../../../provider/fly/index.ts";
import { HalfDone, type Known, type ResourceType, type Existing } from "../../../provider/plugin/resource-type.ts";
import { networkName } from "../../../tenants/physical-name.ts";
import { TEST_FLEET } from "../../support/call.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { SMALL } from "./machine-configs.ts";

/** The resource types of Fly over an embedded Fly of the test's own, rate limits off. */
export interface FlyRoom {
  readonly cloud: TestCloud;
  readonly client: FlyClient;
  readonly app: Types["tenantry:fly:App"];
  readonly ips: Types["tenantry:fly:IpAssignment"];
  readonly secrets: Types["tenantry:fly:Secrets"];
  readonly machine: Types["tenantry:fly:Machine"];
  readonly volume: Types["tenantry:fly:Volume"];
  /** Acts on Fly outside tenantry, as a person would; answers the JSON. Throws for what is no success. */
  behind<Body = unknown>(method: string, path: string, body?: unknown, nonce?: string): Promise<Body>;
  /** The same types through a client of its own. */
  through(client: FlyClient): Types;
  /** A client that gives up after `timeoutMs`, `retries` times. */
  hasty(options?: { timeoutMs?: number; retries?: number }): FlyClient;
  limits(enabled: boolean): Promise<void>;
}

type Types = ReturnType<typeof flyTypes>;

const PATIENCE = { bootLimitMs: 700, lookMs: 1500, leaseSeconds: 2 };

export async function openFlyRoom(): Promise<FlyRoom> {
  const cloud = await startCloud({ vendors: ["fly"] });
  const { fly } = cloud.descriptor;
  const client = flyClient(fly);
  const through = (other: FlyClient) =>
    flyTypes(fly, { client: other, patience: PATIENCE, maxFailedMachines: Infinity });
  const types = through(client);
  const behind: FlyRoom["behind"] = async <Body>(method: string, path: string, body?: unknown, nonce?: string) => {
    const response = await fetch(`${fly.endpoint}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${fly.token}`,
        ...(nonce === undefined ? {} : { "fly-machine-lease-nonce": nonce }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as Body;
  };
  const limits = async (enabled: boolean) => {
    await behind("PUT", "/_embedded/rate-limits", { enabled });
  };
  await limits(false);
  return {
    cloud,
    client,
    behind,
    through,
    limits,
    app: types["tenantry:fly:App"],
    ips: types["tenantry:fly:IpAssignment"],
    secrets: types["tenantry:fly:Secrets"],
    machine: types["tenantry:fly:Machine"],
    volume: types["tenantry:fly:Volume"],
    hasty: ({ timeoutMs = 1500, retries = 0 } = {}) => flyClient(fly, { timeoutMs, retries }),
  };
}

export const ORGANIZATION = "tenantry-local";

/** The network of an app of the tenant acme, as a `testCall` has it. */
export const networkOf = (app: string): string =>
  networkName({ app, fleetId: TEST_FLEET, stack: "test", tenant: "acme" });

export function appInputs(name: string, more: Partial<AppInputs> = {}): AppInputs {
  return { tenant: "acme", claim: name, name, organization: ORGANIZATION, network: networkOf(name), ...more };
}

export function volumeInputs(app: string, more: Partial<VolumeInputs> = {}): VolumeInputs {
  const settings = { sizeGb: 2, encrypted: true, snapshotRetention: 5, autoBackup: true, deletable: false };
  return { tenant: "acme", app, name: "data", region: "iad", ...settings, ...more };
}

export function machineInputs(app: string, more: Partial<MachineInputs> = {}): MachineInputs {
  return { tenant: "acme", app, region: "iad", config: SMALL, suspended: false, ...more };
}

/** Inputs as the plugin hands them to the type: parsed, then completed by the type itself. */
export function checked<Inputs extends object, State extends object>(
  type: ResourceType<Inputs, State>,
  news: Inputs,
): Inputs {
  const parsed = type.inputs.parse(news) as Inputs;
  return type.check?.(parsed, undefined, () => new Date()) ?? parsed;
}

/** What the state file knows after a create. */
export function after<Inputs, State>(inputs: Inputs, existing: { state: State }): Known<Inputs, State> {
  return { inputs, state: existing.state };
}

/** What an operation throws. */
export async function failure(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

/** What exists although the operation failed. */
export function existingOf(error: Error): Existing<MachineState> {
  if (error instanceof HalfDone) return error.existing as Existing<MachineState>;
  throw error;
}
