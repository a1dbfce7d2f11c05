import * as z from "zod";

import type { Serving } from "../http/serving.ts";
import { appPath, type FlyApi } from "./api.ts";
import { NewMachines } from "./new-machines.ts";
import { holderOf } from "./refusals.ts";

/** Where a machine is. */
export interface MachineAddress {
  readonly app: string;
  readonly machine: string;
}

/** A machine as Fly shows it. */
export interface FlyMachine {
  readonly id: string;
  /** created, started, stopped, suspended, failed, destroyed, or a temporary state. Fly's proxy may change it at any time. */
  readonly state: string;
  readonly region: string;
  /** Identifies the version of the config; changes with every update. */
  readonly instanceId: string;
  /** Undefined when the machine's host does not answer. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
  readonly checks: readonly { readonly name: string; readonly status: string; readonly output: string }[];
  /** How its program exited unasked since the machine was last created, changed or started; newest first. */
  readonly unaskedEnds: readonly UnaskedEnd[];
}

export interface UnaskedEnd {
  readonly exitCode: number;
  readonly outOfMemory: boolean;
}

/** One entry of a machine's history. */
export interface FlyMachineEvent {
  /** The state it came into: started, stopped, suspended, … */
  readonly status: string;
  readonly at: Date;
}

/** What a machine is made with and keeps. */
export interface MachinePlace {
  /** Its own among the machines of its app. */
  readonly name: string;
  readonly region: string;
}

/** What goes with a new config. */
export interface Launch {
  readonly config: object;
  /** Boot with the app's secrets as of this version or a later one. */
  readonly minSecretsVersion: number | undefined;
  /** Leave the machine down. */
  readonly skipLaunch: boolean;
  /** Boot with none of the app's secrets. Default: with all. */
  readonly skipSecrets?: boolean;
}

/** A lease as Fly answers it. */
export interface FlyLease {
  readonly nonce: string | undefined;
  readonly owner: string;
  readonly description: string;
  readonly expiresAt: Date;
}

/** Calls for machines and their leases. */
export interface MachineCalls {
  /** Machines whose metadata has this entry; destroyed ones are left out. */
  machinesWith(app: string, metadata: readonly [key: string, value: string], serving: Serving): Promise<FlyMachine[]>;
  /** Ids of all machines that are not destroyed. */
  machineIds(app: string, serving: Serving): Promise<string[]>;
  /**
   * Undefined when it is gone or destroyed. A machine that Fly has just reported to this client is read again until Fly knows
   * it.
   */
  machine(at: MachineAddress, serving: Serving): Promise<FlyMachine | undefined>;
  /** The last 50 entries of its history, oldest first. */
  machineEvents(at: MachineAddress, serving: Serving): Promise<FlyMachineEvent[]>;
  /** Refused with a 409 that contains the other's id while the app has a machine with this name. */
  createMachine(app: string, place: MachinePlace, launch: Launch, serving: Serving): Promise<FlyMachine>;
  /** Replaces the whole config. Refused when the machine's instance id is another than `from`. */
  updateMachine(
    at: MachineAddress,
    launch: Launch & { from: string },
    nonce: string,
    serving: Serving,
  ): Promise<FlyMachine>;
  startMachine(at: MachineAddress, nonce: string, serving: Serving): Promise<void>;
  stopMachine(at: MachineAddress, nonce: string, serving: Serving): Promise<void>;
  /** Writes one entry of its metadata, or removes it (undefined). This creates no new version and restarts nothing. */
  markMachine(
    at: MachineAddress,
    mark: readonly [key: string, value: string | undefined],
    nonce: string,
    serving: Serving,
  ): Promise<void>;
  /**
   * Without force Fly refuses it while the machine runs. A machine that is already gone is a success. Default: without. No
   * nonce: nobody has its lease.
   */
  destroyMachine(
    at: MachineAddress,
    nonce: string | undefined,
    serving: Serving,
    how?: { force: boolean },
  ): Promise<void>;
  /** Takes the lease for `ttl` seconds, or extends it with its nonce. Throws a 409 when somebody else has it. */
  leaseMachine(
    at: MachineAddress,
    lease: { ttl: number; description: string; nonce?: string },
    serving: Serving,
  ): Promise<FlyLease>;
  /** Who has the lease. */
  lease(at: MachineAddress, serving: Serving): Promise<FlyLease | undefined>;
  releaseLease(at: MachineAddress, nonce: string, serving: Serving): Promise<void>;
}

const checkAnswer = z.object({
  name: z.string(),
  status: z.string(),
  output: z
    .string()
    .nullish()
    .transform((output) => output ?? ""),
});
const eventShown = z.object({
  source: z.string().nullish(),
  request: z
    .object({
      exit_event: z
        .object({ exit_code: z.number(), requested_stop: z.boolean(), oom_killed: z.boolean() })
        .partial()
        .nullish(),
    })
    .nullish(),
});
const machineAnswer = z
  .object({
    id: z.string().min(1),
    state: z.string(),
    region: z.string(),
    instance_id: z.string(),
    config: z.record(z.string(), z.unknown()).nullish(),
    host_status: z.string().nullish(),
    checks: z.array(checkAnswer).nullish(),
    events: z.array(eventShown).nullish(),
  })
  .transform(({ id, state, region, instance_id, config, host_status, checks, events }): FlyMachine => ({
    id,
    state,
    region,
    instanceId: instance_id,
    config: (host_status ?? "ok") === "ok" ? (config ?? undefined) : undefined,
    checks: checks ?? [],
    unaskedEnds: endsSinceTouched(events ?? []),
  }));

/** Fly shows the newest event first. What its own agents do is no touch. */
function endsSinceTouched(events: readonly z.infer<typeof eventShown>[]): UnaskedEnd[] {
  const touched = events.findIndex(({ source }) => source === "user");
  return (touched < 0 ? events : events.slice(0, touched)).flatMap(({ request }) => {
    const end = request?.exit_event;
    if (end?.requested_stop !== false) return [];
    return [{ exitCode: end.exit_code ?? -1, outOfMemory: end.oom_killed === true }];
  });
}

const idsAnswer = z.array(z.object({ id: z.string(), state: z.string() }));

const eventsAnswer = z.array(
  z
    .object({ status: z.string().nullish(), timestamp: z.number() })
    .transform(({ status, timestamp }): FlyMachineEvent => ({ status: status ?? "", at: new Date(timestamp) })),
);

const leaseFields = z
  .object({
    nonce: z.string().nullish(),
    owner: z.string().nullish(),
    description: z.string().nullish(),
    expires_at: z.number(),
  })
  .transform(({ nonce, owner, description, expires_at }): FlyLease => ({
    nonce: nonce ?? undefined,
    owner: owner ?? "somebody",
    description: description ?? "",
    expiresAt: new Date(expires_at * 1000),
  }));
// Wrapped in fact (fly-go), bare in the OpenAPI file.
const leaseAnswer = z.union([z.object({ data: leaseFields }).transform(({ data }) => data), leaseFields]);

const GONE_STATES = ["destroyed", "destroying"];
const MACHINES = "/v1/apps/{app}/machines";
const MACHINE = `${MACHINES}/{machine}`;

/** Milliseconds for a call that Fly may answer only when it has pulled the image. */
export const PULL_LIMIT_MS = 300_000;

/** The calls for machines over HTTP. Source: Machines API, /v1/apps/{app}/machines. */
export function machineCalls(api: FlyApi, { timeoutMs = PULL_LIMIT_MS }: { timeoutMs?: number } = {}): MachineCalls {
  const young = new NewMachines();
  return { ...readCalls(api, young), ...writeCalls(api, young, timeoutMs), ...leaseCalls(api) };
}

function readCalls(
  api: FlyApi,
  young: NewMachines,
): Pick<MachineCalls, "machinesWith" | "machineIds" | "machine" | "machineEvents"> {
  const list = (app: string, query: string, serving: Serving) =>
    ({
      operation: `GET ${MACHINES}`,
      method: "GET",
      path: `${appPath(app, "machines")}${query}`,
      resource: `machines of app ${app}`,
      ...serving,
    }) as const;
  return {
    async machinesWith(app, [key, value], serving) {
      const query = `?${new URLSearchParams({ [`metadata.${key}`]: value }).toString()}`;
      const machines = await api.ask(list(app, query, serving), z.array(machineAnswer));
      return machines.filter(
        ({ state, config }) =>
          !GONE_STATES.includes(state) && (config === undefined || metadataOf(config)[key] === value),
      );
    },
    async machineIds(app, serving) {
      const machines = (await api.find(list(app, "", serving), idsAnswer)) ?? [];
      return machines.filter(({ state }) => !GONE_STATES.includes(state)).map(({ id }) => id);
    },
    async machine(at, serving) {
      const call = { operation: `GET ${MACHINE}`, method: "GET", ...target(at, serving) } as const;
      const machine = await young.asked(`${at.app}/${at.machine}`, () => api.find(call, machineAnswer), serving.signal);
      return machine === undefined || GONE_STATES.includes(machine.state) ? undefined : machine;
    },
    async machineEvents(at, serving) {
      const { path, ...call } = {
        operation: `GET ${MACHINE}/events`,
        method: "GET",
        ...target(at, serving, "events"),
      } as const;
      const events = (await api.find({ ...call, path: `${path}?limit=50` }, eventsAnswer)) ?? [];
      return events.sort((one, other) => one.at.getTime() - other.at.getTime());
    },
  };
}

function writeCalls(
  api: FlyApi,
  young: NewMachines,
  timeoutMs: number,
): Pick<
  MachineCalls,
  "createMachine" | "updateMachine" | "startMachine" | "stopMachine" | "markMachine" | "destroyMachine"
> {
  const order = (verb: "start" | "stop", at: MachineAddress, nonce: string, serving: Serving) =>
    api.tell({
      operation: `POST ${MACHINE}/${verb}`,
      method: "POST",
      json: {},
      idempotent: true,
      headers: held(nonce),
      ...target(at, serving, verb),
    });
  return {
    async createMachine(app, { name, region }, launch, serving) {
      const call = {
        operation: `POST ${MACHINES}`,
        method: "POST",
        path: appPath(app, "machines"),
        json: { name, region, ...launchFields(launch) },
        timeoutMs,
        resource: `machine of app ${app}`,
        ...serving,
      } as const;
      try {
        const made = await api.ask(call, machineAnswer);
        young.add(`${app}/${made.id}`);
        return made;
      } catch (error) {
        const machine = holderOf(error);
        if (machine !== undefined) young.add(`${app}/${machine}`);
        throw error;
      }
    },
    updateMachine: (at, launch, nonce, serving) =>
      api.ask(
        {
          operation: `POST ${MACHINE}`,
          method: "POST",
          json: { current_version: launch.from, ...launchFields(launch) },
          timeoutMs,
          headers: held(nonce),
          ...target(at, serving),
        },
        machineAnswer,
      ),
    startMachine: (at, nonce, serving) => order("start", at, nonce, serving),
    stopMachine: (at, nonce, serving) => order("stop", at, nonce, serving),
    markMachine(at, [key, value], nonce, serving) {
      const headers = held(nonce);
      const to = target(at, serving, "metadata", key);
      const operation = `${MACHINE}/metadata/{key}`;
      if (value === undefined)
        return api.remove({ operation: `DELETE ${operation}`, method: "DELETE", headers, ...to });
      const json = { value };
      return api.tell({ operation: `POST ${operation}`, method: "POST", json, idempotent: true, headers, ...to });
    },
    async destroyMachine(at, nonce, serving, { force } = { force: false }) {
      const { path, ...to } = target(at, serving);
      const operation = `DELETE ${MACHINE}`;
      const headers = nonce === undefined ? {} : held(nonce);
      await api.remove({ operation, method: "DELETE", headers, ...to, path: force ? `${path}?force=true` : path });
      young.remove(`${at.app}/${at.machine}`);
    },
  };
}

function leaseCalls(api: FlyApi): Pick<MachineCalls, "leaseMachine" | "lease" | "releaseLease"> {
  const operation = `${MACHINE}/lease`;
  return {
    leaseMachine: (at, { nonce, ...json }, serving) =>
      api.ask(
        {
          operation: `POST ${operation}`,
          method: "POST",
          json,
          ...(nonce === undefined ? {} : { headers: held(nonce) }),
          ...target(at, serving, "lease"),
        },
        leaseAnswer,
      ),
    lease: (at, serving) =>
      api.find({ operation: `GET ${operation}`, method: "GET", ...target(at, serving, "lease") }, leaseAnswer),
    releaseLease: (at, nonce, serving) =>
      api.remove({
        operation: `DELETE ${operation}`,
        method: "DELETE",
        headers: held(nonce),
        ...target(at, serving, "lease"),
      }),
  };
}

function launchFields({ config, minSecretsVersion, skipLaunch, skipSecrets = false }: Launch): object {
  return {
    config,
    ...(minSecretsVersion === undefined ? {} : { min_secrets_version: minSecretsVersion }),
    ...(skipLaunch ? { skip_launch: true } : {}),
    ...(skipSecrets ? { skip_secrets: true } : {}),
  };
}

function target({ app, machine }: MachineAddress, serving: Serving, ...rest: string[]) {
  return { path: appPath(app, "machines", machine, ...rest), resource: `machine ${app}/${machine}`, ...serving };
}

function held(nonce: string): Record<string, string> {
  return { "fly-machine-lease-nonce": nonce };
}

function metadataOf(config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { metadata } = config;
  return typeof metadata === "object" && metadata !== null ? (metadata as Record<string, unknown>) : {};
}
