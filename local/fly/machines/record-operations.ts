import * as z from "zod";

import { appOf } from "../apps.ts";
import { asListed } from "../as-listed.ts";
import { machineId, machineName, privateAddress, ulid } from "../identifiers.ts";
import { type Call, type FlyOperation, json } from "../operation.ts";
import type { Platform } from "../platform.ts";
import { invalidArgument, Refusal } from "../refusal.ts";
import { isRegion, NEAREST } from "../regions.ts";
import { secretsOf } from "../secrets.ts";
import { ownOrganization } from "../organization.ts";
import { pageOf } from "../page.ts";
import { partsOf } from "../tables.ts";
import { checkConfig, machineConfig } from "./config.ts";
import { recorded } from "./events.ts";
import { machineAskedFor, machineToChange } from "./find-machine.ts";
import { granted } from "./leases.ts";
import { claimVolume, keepVolume, withVolume } from "./mounts.ts";
import type { MachineRecord } from "./record.ts";
import { type ReplacedMachine, shownBriefly, shownInOrganization, shownMachine } from "./view.ts";
import type { AppRecord, SecretsAtVersion } from "../records.ts";

const launchFields = {
  config: machineConfig,
  skip_launch: z.boolean().nullish(),
  skip_secrets: z.boolean().nullish(),
  skip_service_registration: z.boolean().nullish(),
  min_secrets_version: z.int().min(0).nullish(),
  lease_ttl: z.int().nullish(),
  region: z.string().nullish(),
};
const createSchema = z.object({ ...launchFields, name: z.string().nullish() });
const updateSchema = z.object({ ...launchFields, current_version: z.string().nullish() });

/** Machines as records: made, read, listed, given a new config. */
export function recordOperations(platform: Platform): FlyOperation[] {
  const { tables } = platform;
  return [
    {
      name: "GET /v1/apps/{app}/machines",
      service: "flaps",
      handle(call) {
        const all = listed(partsOf(tables.machines, appOf(platform, call, "flaps")), platform, call);
        const machines = all.filter(wanted(call)).map((machine) => asShown(machine, platform));
        return json(machines.map((machine) => (isSummary(call) ? shownBriefly(machine) : shownMachine(machine))));
      },
    },
    {
      name: "POST /v1/apps/{app}/machines",
      service: "flaps",
      async handle(call) {
        const request = await call.body(createSchema);
        return json(create(platform, appOf(platform, call, "flaps"), request, call.access.id));
      },
    },
    {
      name: "GET /v1/apps/{app}/machines/{machine}",
      service: "flaps",
      limit: "getMachine",
      handle: (call) => json(shownMachine(asShown(machineAskedFor(platform, call), platform))),
    },
    {
      name: "POST /v1/apps/{app}/machines/{machine}",
      service: "flaps",
      async handle(call) {
        const request = await call.body(updateSchema);
        const app = appOf(platform, call, "flaps");
        return json(update(platform, app, machineToChange(platform, call), request, call.access.id));
      },
    },
    {
      name: "GET /v1/apps/{app}/machines/{machine}/events",
      service: "flaps",
      handle(call) {
        const limit = Number(call.query("limit") ?? Infinity);
        return json(machineAskedFor(platform, call).events.slice(0, limit));
      },
    },
    {
      name: "GET /v1/orgs/{org}/machines",
      service: "flaps",
      limit: "none",
      handle: (call) => json(listOfOrganization(platform, call)),
    },
  ];
}

function create(
  platform: Platform,
  app: AppRecord,
  request: z.infer<typeof createSchema>,
  owner: string,
): ReturnType<typeof shownMachine> {
  const { store, tables, clock, motion } = platform;
  const config = withVolume(platform, app, request.config);
  const region = request.region == null || request.region === "" ? NEAREST : request.region;
  checkConfig(config);
  if (!isRegion(region)) throw invalidArgument(`region '${region}' is invalid`);
  const name = request.name == null || request.name === "" ? machineName() : request.name;
  const twin = partsOf(tables.machines, app).find((other) => other.name === name && other.state !== "destroyed");
  if (twin !== undefined)
    throw new Refusal(
      409,
      `already_exists: unique machine name violation, machine ID ${twin.id} already exists with name "${name}"`,
    );
  const now = clock();
  const id = machineId();
  const instanceId = ulid(now);
  const lease = leaseOf(request.lease_ttl, { instanceId, lease: undefined }, owner, now);
  const machine: MachineRecord = {
    id,
    app: app.id,
    appName: app.name,
    name,
    region,
    privateIp: privateAddress(app.network, id),
    instanceId,
    state: "created",
    aim: undefined,
    move: 0,
    config,
    secrets: secretsFor(platform, app, request),
    events: recorded([], { type: "launch", status: "created", source: "user" }, now),
    checks: {},
    restarts: [],
    cordoned: request.skip_service_registration === true,
    lease,
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
  };
  store.atomically(() => {
    claimVolume(platform, app, machine, config);
    motion.admit(machine, request.skip_launch !== true);
  });
  return shownMachine(machine, lease?.nonce);
}

function update(
  platform: Platform,
  app: AppRecord,
  machine: MachineRecord,
  request: z.infer<typeof updateSchema>,
  owner: string,
): ReturnType<typeof shownMachine> {
  const { region, current_version: version } = request;
  const config = withVolume(platform, app, request.config);
  checkConfig(config);
  if (region != null && region !== "" && region !== machine.region) {
    throw invalidArgument("region of a machine can't be changed");
  }
  if (version != null && version !== "" && version !== machine.instanceId) {
    throw new Refusal(409, `aborted: current_version is not the machine's version ${machine.instanceId}`);
  }
  keepVolume(machine.config, config);
  const now = platform.clock();
  const instanceId = ulid(now);
  const lease = leaseOf(request.lease_ttl, { ...machine, instanceId }, owner, now);
  const moved = platform.motion.command(
    machine,
    { kind: "update", launch: request.skip_launch !== true },
    { config, instanceId, secrets: secretsFor(platform, app, request), ...(lease === undefined ? {} : { lease }) },
  );
  return shownMachine(moved, lease?.nonce);
}

function leaseOf(ttl: number | null | undefined, machine: Parameters<typeof granted>[0], owner: string, now: Date) {
  return ttl == null || ttl <= 0 ? undefined : granted(machine, { ttl, owner: `${owner}@tokens.fly.io` }, now);
}

function secretsFor(
  platform: Platform,
  app: AppRecord,
  request: { skip_secrets?: boolean | null | undefined; min_secrets_version?: number | null | undefined },
): SecretsAtVersion {
  const secrets = secretsOf(platform, app, request.min_secrets_version ?? undefined);
  return request.skip_secrets === true ? { version: secrets.version, sealed: {} } : secrets;
}

const METADATA = "metadata.";

/** What the query of a list asks for: region, states, metadata (`metadata.<key>=<value>`), destroyed ones too. */
function wanted(call: Call): (machine: MachineRecord) => boolean {
  const states = call.query("state")?.split(",");
  const region = call.query("region");
  const withDestroyed = call.query("include_deleted") === "true" || states?.includes("destroyed") === true;
  const metadata = Object.entries(call.queries()).filter(([name]) => name.startsWith(METADATA));
  return (machine) =>
    (withDestroyed || machine.state !== "destroyed") &&
    (states === undefined || states.includes(machine.state)) &&
    (region === undefined || region === machine.region) &&
    metadata.every(([name, value]) => machine.config.metadata?.[name.slice(METADATA.length)] === value);
}

function isSummary(call: Call): boolean {
  return call.query("summary") === "true";
}

/** The machine, for a while after an update in the state that its old version has. */
function asShown(machine: MachineRecord, { switches, clock }: Platform): MachineRecord | ReplacedMachine {
  const update = machine.events.find(({ type, source }) => type === "update" && source === "user");
  const isFresh = update !== undefined && clock().getTime() - update.timestamp < switches.read("replacedShownMs");
  return isFresh && machine.state !== "destroyed" ? { ...machine, state: "replaced" } : machine;
}

function listed(machines: readonly MachineRecord[], platform: Platform, call: Call): MachineRecord[] {
  return asListed(machines, ({ state }) => state === "destroyed", { state: "stopped" }, platform, call);
}

function listOfOrganization(platform: Platform, call: Call) {
  const { tables } = platform;
  ownOrganization(call.param("org"));
  const since = Date.parse(call.query("updated_after") ?? "");
  const all = tables.machines.entries().map(([, machine]) => machine);
  const { page, cursor } = pageOf(
    listed(all, platform, call)
      .filter(wanted(call))
      .filter((machine) => Number.isNaN(since) || Date.parse(machine.updatedAt) > since),
    call,
  );
  const last = page.at(-1);
  return {
    machines: page.map(shownInOrganization),
    next_cursor: cursor,
    last_machine_id: last?.id ?? "",
    last_updated_at: last?.updatedAt ?? "",
  };
}
