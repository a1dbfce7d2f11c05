// How Fly spells a config is the embedded cloud's to know; what becomes of a machine is told here a second time.
import { machineConfig } from "../../../local/fly/machines/config.ts";
import { listedChecks } from "../../../local/fly/machines/checks.ts";
import { appOf, flapsRefusal } from "./fly-lookup.ts";
import type { AppRecord, FlyTables, Lease, Machine, MachineEvent } from "./fly-records.ts";
import { empty, json, type Nature, type Call } from "./vendor.ts";

type Config = ReturnType<(typeof machineConfig)["parse"]>;

interface LaunchRequest {
  readonly config: unknown;
  readonly name?: string;
  readonly region?: string;
  readonly skip_launch?: boolean;
  readonly min_secrets_version?: number;
  readonly current_version?: string;
}

const MACHINE = "/v1/apps/{app}/machines/{machine}";

/** Machines, their leases and their metadata. */
export function machineOperations(tables: FlyTables, nature: Nature) {
  return {
    ...recordOperations(tables, nature),
    ...commandOperations(tables, nature),
    ...leaseOperations(tables, nature),
  };
}

function recordOperations(tables: FlyTables, nature: Nature) {
  const configIn = (app: AppRecord, { config }: LaunchRequest) => {
    const parsed = machineConfig.safeParse(config);
    if (!parsed.success) throw flapsRefusal(400, "invalid_argument: config");
    return withVolume(app, parsed.data);
  };
  const fence = (app: AppRecord, { min_secrets_version: version = 0 }: LaunchRequest) => {
    if (version > app.secretsVersion)
      throw flapsRefusal(412, `failed_precondition: secrets version ${version} is not available`);
  };
  return {
    "GET /v1/apps/{app}/machines"(call: Call) {
      const metadata = [...call.url.searchParams].filter(([name]) => name.startsWith("metadata."));
      const all = [...appOf(tables, call).machines.values()].map((each) => settled(appOf(tables, call), each, nature));
      const isMeant = ({ state, config }: Machine) =>
        state !== "destroyed" &&
        metadata.every(([name, value]) => (config as Config).metadata?.[name.slice("metadata.".length)] === value);
      return json(
        200,
        all.filter(isMeant).map((each) => shown(each)),
      );
    },
    "POST /v1/apps/{app}/machines"(call: Call) {
      const app = appOf(tables, call);
      const request = call.json as LaunchRequest;
      const config = configIn(app, request);
      const { name = nature.hex(8), region = "iad" } = request;
      const twin = [...app.machines.values()].find(
        (each) => each.name === name && settled(app, each, nature).state !== "destroyed",
      );
      if (twin !== undefined)
        throw flapsRefusal(
          409,
          `already_exists: unique machine name violation, machine ID ${twin.id} already exists with name "${name}"`,
        );
      fence(app, request);
      const machine: Machine = {
        ...{ id: nature.hex(14), name, region, instanceId: nature.hex(26), state: "created", move: undefined },
        ...{ config, lease: undefined, events: [event(nature, "launch", "created", "user")] },
      };
      claimVolume(app, machine);
      app.machines.set(machine.id, machine);
      const asMade = shown(machine);
      if (request.skip_launch !== true)
        move(nature, machine, "starting", "started", { type: "start", status: "started" });
      return json(200, asMade);
    },
    [`GET ${MACHINE}`]: (call: Call) => json(200, shown(machineOf(tables, call, nature))),
    [`POST ${MACHINE}`](call: Call) {
      const app = appOf(tables, call);
      const request = call.json as LaunchRequest;
      const machine = machineToChange(tables, call, nature);
      const config = configIn(app, request);
      if ((request.current_version ?? "") !== "" && request.current_version !== machine.instanceId)
        throw flapsRefusal(409, `aborted: current_version is not the machine's version ${machine.instanceId}`);
      if (volumeOf(machine) !== volumeOf({ config }))
        throw flapsRefusal(400, "invalid_argument: config.mounts: the volume of a machine can't be changed");
      fence(app, request);
      command(nature, machine, "update", request.skip_launch !== true);
      machine.config = config;
      machine.instanceId = nature.hex(26);
      return json(200, shown(machine));
    },
    [`DELETE ${MACHINE}`](call: Call) {
      command(nature, machineToChange(tables, call, nature), "destroy", call.url.searchParams.get("force") === "true");
      return json(200, { ok: true });
    },
  };
}

function commandOperations(tables: FlyTables, nature: Nature) {
  const write = (machine: Machine, metadata: Readonly<Record<string, string | undefined>>) => {
    const kept = Object.entries(metadata).filter(([, value]) => value !== undefined);
    machine.config = { ...machine.config, metadata: Object.fromEntries(kept) };
    return empty(204);
  };
  return {
    [`POST ${MACHINE}/start`](call: Call) {
      const machine = machineToChange(tables, call, nature);
      const { state } = machine;
      command(nature, machine, "start", true);
      return json(200, { previous_state: state, migrated: false, new_host: "" });
    },
    [`POST ${MACHINE}/stop`](call: Call) {
      command(nature, machineToChange(tables, call, nature), "stop", false);
      return json(200, { ok: true });
    },
    [`POST ${MACHINE}/metadata/{key}`](call: Call) {
      const machine = machineToChange(tables, call, nature);
      const { value } = call.json as { value: string };
      return write(machine, { ...(machine.config as Config).metadata, [call.params["key"] ?? ""]: value });
    },
    [`DELETE ${MACHINE}/metadata/{key}`](call: Call) {
      const machine = machineToChange(tables, call, nature);
      return write(machine, { ...(machine.config as Config).metadata, [call.params["key"] ?? ""]: undefined });
    },
  };
}

function leaseOperations(tables: FlyTables, nature: Nature) {
  const wrapped = (status: number, { nonce, expiresAt, description, version }: Lease) => {
    const data = { nonce, expires_at: expiresAt, owner: "token@tokens.fly.io", description, version };
    return json(status, { status: "success", data });
  };
  const absent = () => flapsRefusal(404, "not_found: lease not found");
  return {
    [`GET ${MACHINE}/lease`](call: Call) {
      const lease = currentLease(machineOf(tables, call, nature), nature);
      if (lease === undefined) throw absent();
      return wrapped(200, lease);
    },
    [`POST ${MACHINE}/lease`](call: Call) {
      const { ttl, description } = call.json as { ttl: number; description?: string };
      const machine = machineToChange(tables, call, nature);
      if (machine.state === "destroyed") throw flapsRefusal(412, "failed_precondition: machine is destroyed");
      const held = currentLease(machine, nature);
      machine.lease = {
        nonce: held?.nonce ?? nature.hex(12),
        expiresAt: Math.ceil(nature.now() / 1000) + ttl,
        description: description ?? held?.description ?? "",
        version: machine.instanceId,
      };
      return wrapped(201, machine.lease);
    },
    [`DELETE ${MACHINE}/lease`](call: Call) {
      const machine = machineToChange(tables, call, nature);
      if (currentLease(machine, nature) === undefined) throw absent();
      machine.lease = undefined;
      return empty(200);
    },
  };
}

function machineOf(tables: FlyTables, call: Call, nature: Nature): Machine {
  const app = appOf(tables, call);
  const machine = app.machines.get(call.params["machine"] ?? "");
  if (machine === undefined) throw flapsRefusal(404, "not_found: machine not found");
  return settled(app, machine, nature);
}

/** For a call that changes it: nobody else may hold its lease. */
function machineToChange(tables: FlyTables, call: Call, nature: Nature): Machine {
  const machine = machineOf(tables, call, nature);
  const lease = currentLease(machine, nature);
  if (lease !== undefined && lease.nonce !== call.headers["fly-machine-lease-nonce"])
    throw flapsRefusal(409, `machine ID ${machine.id} lease currently held by organization@tokens.fly.io`);
  return machine;
}

function currentLease({ lease }: Machine, nature: Nature): Lease | undefined {
  return lease !== undefined && lease.expiresAt * 1000 > nature.now() ? lease : undefined;
}

function event(nature: Nature, type: string, status: string, source: MachineEvent["source"]): MachineEvent {
  return { type, status, source, timestamp: nature.now() };
}

function move(
  nature: Nature,
  machine: Machine,
  via: string,
  aim: string,
  done: Pick<MachineEvent, "type" | "status">,
): void {
  machine.state = via;
  machine.move = { aim, at: nature.now() + nature.workMs(), event: done };
}

/** The machine once what was under way is done, if its time has come. */
function settled(app: AppRecord, machine: Machine, nature: Nature): Machine {
  const { move: under } = machine;
  if (under === undefined || nature.now() < under.at) return machine;
  const request =
    under.event.type === "exit"
      ? { request: { exit_event: { exit_code: 0, requested_stop: true, oom_killed: false } } }
      : {};
  const done: MachineEvent = { ...event(nature, under.event.type, under.event.status, "flyd"), ...request };
  Object.assign(machine, { state: under.aim, move: undefined, events: [done, ...machine.events] });
  if (under.aim === "destroyed")
    for (const volume of app.volumes.values()) if (volume.machine === machine.id) volume.machine = undefined;
  return machine;
}

const PASSING = ["starting", "stopping", "replacing", "destroying"];

/** What a command does in each state: Fly docs, "Machine states". */
function command(nature: Nature, machine: Machine, kind: "start" | "stop" | "update" | "destroy", flag: boolean): void {
  const { state } = machine;
  const isPassing = PASSING.includes(state);
  const refuse = () =>
    flapsRefusal(412, `failed_precondition: unable to ${kind} machine from current state: '${state}'`);
  const go = (via: string, aim: string, done: Pick<MachineEvent, "type" | "status">) => {
    machine.events = [event(nature, kind, via, "user"), ...machine.events];
    move(nature, machine, via, aim, done);
  };
  if (state === "destroyed" || state === "destroying") {
    if (kind !== "destroy") throw refuse();
    return;
  }
  switch (kind) {
    case "start":
      if (state === "started") return;
      if (isPassing) throw refuse();
      go("starting", "started", { type: "start", status: "started" });
      return;
    case "stop":
      if (state === "stopped" || state === "stopping") return;
      if (state === "created" || state === "replacing") throw refuse();
      go("stopping", "stopped", { type: "exit", status: "stopped" });
      return;
    case "update": {
      if (isPassing) throw refuse();
      const down = state === "created" ? "created" : "stopped";
      if (state === "started" && flag) go("replacing", "started", { type: "start", status: "started" });
      else go("replacing", down, { type: "update", status: down });
      return;
    }
    case "destroy":
      if (!flag && (state === "started" || isPassing)) throw refuse();
      go("destroying", "destroyed", { type: "destroy", status: "destroyed" });
  }
}

function volumeOf({ config }: Pick<Machine, "config">): string | undefined {
  return (config as Config).mounts?.[0]?.volume;
}

function withVolume(app: AppRecord, config: Config): Config {
  const mounts = config.mounts?.map((mount) => {
    const volume = app.volumes.get(mount.volume ?? "");
    if (volume === undefined) return mount;
    return { ...mount, name: volume.name, encrypted: volume.encrypted, size_gb: volume.size_gb };
  });
  return mounts === undefined ? config : { ...config, mounts };
}

function claimVolume(app: AppRecord, machine: Machine): void {
  const id = volumeOf(machine);
  if (id === undefined) return;
  const volume = app.volumes.get(id);
  if (volume === undefined || volume.isGoing) throw flapsRefusal(404, `not_found: volume ${id} not found`);
  if (volume.machine !== undefined && volume.machine !== machine.id)
    throw flapsRefusal(412, `failed_precondition: volume already claimed by machine ${volume.machine}`);
  if (volume.region !== machine.region)
    throw flapsRefusal(
      412,
      `failed_precondition: insufficient resources to create new machine with existing volume '${id}'`,
    );
  volume.machine = machine.id;
}

function shown({ id, name, state, region, instanceId, config, events }: Machine) {
  const status = state === "started" ? "passing" : "critical";
  const checks = listedChecks(config as Config, {}, "").map((check) => ({ name: check.name, status, output: "" }));
  return {
    id,
    name,
    state,
    region,
    instance_id: instanceId,
    config,
    events: events.slice(0, 20),
    checks,
    host_status: "ok",
  };
}
