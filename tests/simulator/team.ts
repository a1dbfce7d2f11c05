import { ownerMark } from "../../resource-kinds/claim.ts";
import { flyClient } from "../../provider/fly/client.ts";
import { resourceHandlers } from "../../provider/plugin/server.ts";
import { ProviderService } from "../../provider/plugin/service.ts";
import { tigrisClient } from "../../provider/tigris/client.ts";
import { tursoClient } from "../../provider/turso/client.ts";
import type { Accounts } from "../../stack/accounts.ts";
import { SHARED, tenantOf } from "../../operations/engine/steps.ts";
import { parseSettings, type StackSettings } from "../../stack/settings.ts";
import { type Clients, configuredOver } from "../faults/plugin.ts";
import type { Registration } from "../faults/registrations.ts";
import { type Outcome, refreshed, run, type State, urnOf } from "../faults/small-engine.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import type { PluginClient } from "../support/plugin-client.ts";
import type { Mutant } from "./mutants.ts";
import { Planner, type Chosen } from "./planner.ts";
import { runs } from "./virtual-time.ts";
import { ENDPOINTS, ORGANIZATION, type World } from "./world.ts";

/** What is declared of a stack, and what the program registers for it. */
export interface Declared {
  readonly tenants: readonly Tenant[];
  readonly registrations: readonly Registration[];
}

/** How much a run of `up` looks at. */
export interface Look {
  /** Whether the vendors are asked first. */
  readonly refresh: boolean;
  /** Also at tenants that are as an earlier run has left them. Default: only where a refresh or a file tells of a change. */
  readonly all?: boolean;
}

/** What has become of a verb. */
export type Ended<Result> = { readonly result: Result } | { readonly error: Error };

/** What a run said. Undefined: it was killed. */
export type Said = Pick<Outcome, "errors" | "told"> | undefined;

/** Settings of a team's stack. Teams differ in their fleets alone, so that they want the same names. */
export function settingsOf(fleet: string): StackSettings {
  return parseSettings("local", {
    cloud: "real",
    fleetId: fleet.repeat(32),
    prefix: "tnt",
    tursoOrganization: ORGANIZATION,
    flyOrganization: ORGANIZATION,
  });
}

/** Hours of virtual time that no run takes. */
const RUN_LIMIT_MS = 6 * 3_600_000;

/** Somebody with a stack: its settings and its state file. */
export class Team {
  state: State = [];
  readonly settings: StackSettings;
  readonly accounts: Accounts;
  readonly name: string;
  /** What verbs have said that failed. */
  readonly verbErrors: string[] = [];
  readonly #world: World;
  readonly #mutant: Mutant | undefined;
  readonly #planner: Planner;
  #count = 0;
  #cancel: () => void = () => undefined;

  /** @param name one hex digit */
  constructor(world: World, name: string, mutant: Mutant | undefined) {
    this.#world = world;
    this.#mutant = mutant;
    this.#planner = new Planner(mutant?.outcomeOf);
    this.name = name;
    this.settings = settingsOf(name);
    const keys = { accessKeyId: `tid_admin_${name}`, secretAccessKey: `tsec_admin_${name}` };
    this.accounts = {
      tigris: { ...ENDPOINTS.tigris, ...keys, machineEndpoint: ENDPOINTS.tigris.endpoint },
      turso: { ...ENDPOINTS.turso, token: `turso-admin-token-${name}` },
      fly: { ...ENDPOINTS.fly, token: `fly-admin-token-${name}` },
    };
  }

  /** The run that is under way, or was last. */
  get run(): string {
    return `${this.name}#${this.#count}`;
  }

  get secrets(): string[] {
    const { tigris, turso, fly } = this.accounts;
    return [tigris.secretAccessKey, turso.token, fly.token];
  }

  mark(tenant: string): string {
    return ownerMark({ fleetId: this.settings.fleetId, stack: "local", tenant });
  }

  /** `up`, after a refresh if wanted. A run that fails in its refresh changes nothing. */
  up(declared: Declared, look: Look): Promise<Said> {
    return this.#begin(() => this.#up(declared, look));
  }

  /** A verb that calls the vendors itself. */
  verb<Result>(work: (clients: Clients, signal: AbortSignal) => Promise<Result>): Promise<Ended<Result> | undefined> {
    const stop = new AbortController();
    return this.#begin(async () => {
      this.#cancel = () => {
        stop.abort();
      };
      try {
        return { result: await work(this.#clients(), stop.signal) };
      } catch (error) {
        this.verbErrors.push(String(error));
        return { error: error as Error };
      }
    });
  }

  #begin<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    this.#count += 1;
    const dead = Promise.withResolvers<undefined>();
    const own = this.run;
    this.kill = () => {
      this.#world.network.kill(own);
      dead.resolve(undefined);
    };
    return Promise.race([runs.run(own, work), dead.promise]);
  }

  /** kill -9 of the run that is under way: its state is not written. */
  kill: () => void = () => undefined;

  /** Ctrl-C. */
  cancel(): void {
    this.#cancel();
  }

  get limitMs(): number {
    return RUN_LIMIT_MS;
  }

  async #up(declared: Declared, { refresh, all = false }: Look): Promise<Said> {
    const heard: Heard = { lines: [], warned: [], isCancelled: false };
    const plugin = { client: this.#client(heard) };
    const own = this.run;
    const looked = refresh ? await refreshed(plugin, this.state) : undefined;
    const said = { errors: looked?.errors ?? [], told: [...(looked?.told ?? []), heard.lines] };
    if (said.errors.length > 0) return said;
    const chosen = all ? "all" : this.#planner.chosen(declared.tenants, this.state, looked);
    // Nothing is started where nothing is to be looked at.
    if (chosen.length === 0) return said;
    const before = seenBy(this.state, looked?.state, this.#targets(declared, chosen));
    let ended: Pick<Outcome, "errors" | "told"> = said;
    await this.#planner.settling(declared.tenants, chosen, async () => {
      const ran = await run(plugin, registeredFor(declared, chosen), before, this.#targets(declared, chosen));
      ended = { errors: ran.errors, told: [...said.told, ...ran.told] };
      // One that was killed writes nothing.
      if (own === this.run) this.state = ran.state;
      return { ...ran, warned: heard.warned, isCancelled: heard.isCancelled };
    });
    return ended;
  }

  #targets({ tenants }: Declared, chosen: Chosen): (urn: string) => boolean {
    return this.#planner.targets(tenants, chosen, this.state);
  }

  #clients(): Clients {
    const clients = {
      tigris: tigrisClient(this.accounts.tigris, { s3Handler: this.#world.network.s3Handler }),
      turso: tursoClient(this.accounts.turso),
      fly: flyClient(this.accounts.fly),
    };
    return this.#mutant?.clients?.(clients, (tenant) => this.mark(tenant)) ?? clients;
  }

  /** The provider in this process, without a wire. */
  #client(heard: Heard): PluginClient {
    const configured = configuredOver(this.#clients(), this.settings, this.accounts);
    const service = new ProviderService(
      () => new Date(),
      (severity, urn, line) => {
        heard.lines.push(line);
        if (severity === "warning") heard.warned.push(urn);
      },
    );
    service.configure({ ...configured, claims: this.#mutant?.claims ?? configured.claims });
    this.#cancel = () => {
      heard.isCancelled = true;
      service.cancel();
    };
    const handlers = resourceHandlers(service) as unknown as Readonly<
      Record<string, (call: object, done: unknown) => void>
    >;
    const client = Object.entries(handlers).map(([name, handle]) => [
      name,
      (request: unknown, done: unknown) => {
        handle({ request }, done);
      },
    ]);
    return Object.fromEntries(client) as PluginClient;
  }
}

/** What the provider has said in a run. */
interface Heard {
  readonly lines: string[];
  /** URNs. */
  readonly warned: string[];
  isCancelled: boolean;
}

/** What a refresh has found of what the run is limited to; of all else what was known. */
function seenBy(known: State, looked: State | undefined, isTarget: (urn: string) => boolean): State {
  if (looked === undefined) return known;
  return known.flatMap((each) => {
    if (!isTarget(urnOf(each.key))) return [each];
    const now = looked.find(({ key, id }) => key === each.key && id === each.id);
    return now === undefined ? [] : [now];
  });
}

/** The program makes only the tenants that a run is limited to, and what they share. */
function registeredFor({ registrations }: Declared, chosen: Chosen): readonly Registration[] {
  if (chosen === "all") return registrations;
  const isMade = ({ key }: Registration) => [SHARED, ...chosen].includes(tenantOf(urnOf(key)));
  return registrations.filter(isMade);
}
