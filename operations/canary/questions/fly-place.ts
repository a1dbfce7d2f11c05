import { networkName } from "../../../tenants/physical-name.ts";
import { OWNER_MARK } from "../../../provider/fly/machine-marks.ts";
import { ownerMark } from "../../../resource-kinds/claim.ts";
import { at, type Caller, type Heard, must, NotAsked } from "../caller.ts";
import { making, once, type Room, timed, until } from "../room.ts";

/** When one of Fly's services knew the new app. */
export interface Knowing {
  readonly first: Heard;
  readonly afterMs: number;
}

export interface CanaryApp {
  readonly name: string;
  readonly byPlatform: Knowing;
  readonly byMachines: Knowing;
}

/** What the questions about Fly share. */
export interface FlyPlace {
  readonly room: Room;
  /** An app on its own network, like tenants' apps. */
  readonly app: () => Promise<CanaryApp>;
  /** The first machine, running. */
  readonly running: () => Promise<{
    readonly id: string;
    readonly listed: Heard;
    readonly first: string;
    readonly startedAfterMs: number;
  }>;
  /** The states that the running machine showed during its update. */
  readonly updated: () => Promise<{ readonly state: string; readonly seen: ReadonlySet<string> }>;
  /** Creates a machine; returns its id. */
  readonly make: (letter: string, more: { readonly config?: object; readonly skipLaunch?: boolean }) => Promise<string>;
  readonly machine: (id: string) => OneMachine;
}

/** One machine: calls on it, and its state. */
export interface OneMachine {
  readonly ask: (method: Parameters<Caller>[0], rest?: string, json?: unknown) => Promise<Heard>;
  readonly state: () => Promise<string>;
  /** Waits until it reaches one of these states, or any final state. Returns all states that were seen. */
  readonly settled: (...wanted: string[]) => Promise<{ state: string; seen: ReadonlySet<string>; ms: number }>;
  /** Updates its config and waits for a final state. */
  readonly update: (config: object) => Promise<{ state: string; seen: ReadonlySet<string> }>;
}

export const REGION = "iad";
/** A small image with a program that only waits. */
const IMAGE = { embedded: "ghcr.io/tenantry/reference-app", real: "docker.io/library/busybox:1.37.0" };
const RESTING = new Set(["created", "started", "stopped", "suspended", "failed", "destroyed"]);

export function flyPlace(room: Room): FlyPlace {
  const app = once(() => makeApp(room));
  const make: FlyPlace["make"] = async (letter, { config, skipLaunch = false }) => {
    const { name } = await app();
    const json = {
      name: room.names.name(letter).slice(-30),
      region: REGION,
      config: { ...configOf(room), ...config },
      ...(skipLaunch ? { skip_launch: true } : {}),
    };
    const began = performance.now();
    const made = must("creating a machine", await room.askFly("POST", `/v1/apps/${name}/machines`, { json }));
    timed(room, "create machine", performance.now() - began);
    return String(at(made.body, "id"));
  };
  const running = once(async () => {
    const began = performance.now();
    const id = await make("a", {});
    const listed = await room.askFly("GET", `/v1/apps/${room.names.name()}/machines`);
    const first = await oneMachine(room, id).state();
    await oneMachine(room, id).settled("started");
    return { id, listed, first, startedAfterMs: Math.round(performance.now() - began) };
  });
  const updated = once(async () => {
    const { id } = await running();
    return oneMachine(room, id).update(configOf(room, { ROUND: "1" }));
  });
  return { room, app, running, updated, make, machine: (id) => oneMachine(room, id) };
}

/** The config of a machine that waits for an hour. */
export function configOf({ settings, names }: Room, env: Readonly<Record<string, string>> = {}): object {
  return {
    image: IMAGE[settings.cloud],
    guest: { cpu_kind: "shared", cpus: 1, memory_mb: 256 },
    init: { exec: ["/bin/sleep", "3600"] },
    restart: { policy: "no" },
    metadata: { [OWNER_MARK]: ownerMark(names.owner) },
    env,
  };
}

async function makeApp(room: Room): Promise<CanaryApp> {
  const { names, accounts, askFly } = room;
  const name = names.name();
  const network = networkName({ app: name, ...names.owner });
  const json = { name, org_slug: accounts.fly.organization, network };
  const create = () => askFly("POST", "/v1/apps?wait=true", { json, operation: "POST /v1/apps" });
  must("creating an app", await making(room, { kind: "app", name }, create));
  const since = performance.now();
  const knowing = async (path: string): Promise<Knowing> => {
    let first: Heard | undefined;
    const { found, ms } = await until(
      room,
      `GET ${path}`,
      async () => {
        const heard = await askFly("GET", path);
        first ??= heard;
        return heard.status === 200 ? heard : undefined;
      },
      { since },
    );
    return { first: first ?? found, afterMs: ms };
  };
  const [byPlatform, byMachines] = await Promise.all([
    knowing(`/v1/apps/${name}`),
    knowing(`/v1/apps/${name}/machines`),
  ]);
  return { name, byPlatform, byMachines };
}

function oneMachine(room: Room, id: string): OneMachine {
  const base = `/v1/apps/${room.names.name()}/machines/${id}`;
  const ask: OneMachine["ask"] = (method, rest = "", json?: unknown) =>
    room.askFly(method, `${base}${rest}`, {
      operation: `${method} /v1/apps/{app}/machines/{machine}${rest.replace(/\?.*/, "")}`,
      ...(json === undefined ? {} : { json }),
    });
  const state = async () => String(at((await ask("GET")).body, "state"));
  const settled: OneMachine["settled"] = async (...wanted) => {
    const seen = new Set<string>();
    const isDone = async () => {
      const now = await state();
      seen.add(now);
      return (wanted.length === 0 ? RESTING.has(now) : wanted.includes(now)) ? now : undefined;
    };
    const { found, ms } = await until(room, `machine ${id} ${wanted.join(" or ")}`, isDone, { limitMs: 300_000 });
    return { state: found, seen, ms };
  };
  return {
    ask,
    state,
    settled,
    async update(config) {
      const told = await ask("POST", "", { config });
      if (told.status >= 300) throw new NotAsked(`updating a machine: ${told.said}`);
      return settled();
    },
  };
}
