import { ownerMark } from "../../resource-kinds/claim.ts";
import { flyClient } from "../../provider/fly/client.ts";
import { resourceHandlers } from "../../provider/plugin/server.ts";
import { ProviderService } from "../../provider/plugin/service.ts";
import { tigrisClient } from "../../provider/tigris/client.ts";
import { tursoClient } from "../../provider/turso/client.ts";
import type { Accounts } from "../../stack/accounts.ts";
import { parseSettings, type StackSettings } from "../../stack/settings.ts";
import { configuredOver } from "../faults/plugin.ts";
import type { Registration } from "../faults/registrations.ts";
import { type Outcome, refreshed, run, type State } from "../faults/small-engine.ts";
import type { PluginClient } from "../support/plugin-client.ts";
import type { Mutant } from "./mutants.ts";
import { runs } from "./virtual-time.ts";
import { ENDPOINTS, ORGANIZATION, type World } from "./world.ts";

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
  readonly #world: World;
  readonly #mutant: Mutant | undefined;
  #count = 0;
  #cancel: () => void = () => undefined;

  /** @param name one hex digit */
  constructor(world: World, name: string, mutant: Mutant | undefined) {
    this.#world = world;
    this.#mutant = mutant;
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
  up(registrations: readonly Registration[], { refresh }: { readonly refresh: boolean }): Promise<Said> {
    this.#count += 1;
    const dead = Promise.withResolvers<undefined>();
    const own = this.run;
    this.kill = () => {
      this.#world.network.kill(own);
      dead.resolve(undefined);
    };
    return Promise.race([runs.run(own, () => this.#up(registrations, refresh)), dead.promise]);
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

  async #up(registrations: readonly Registration[], refresh: boolean): Promise<Said> {
    const lines: string[] = [];
    const plugin = { client: this.#client(lines) };
    const own = this.run;
    const looked = refresh ? await refreshed(plugin, this.state) : { state: this.state, errors: [], told: [] };
    if (looked.errors.length > 0) return { errors: looked.errors, told: [...looked.told, ...lines] };
    const { state, errors, told } = await run(plugin, registrations, looked.state);
    // One that was killed writes nothing.
    if (own === this.run) this.state = state;
    return { errors, told: [...looked.told, ...told, ...lines] };
  }

  /** The provider in this process, without a wire. */
  #client(lines: string[]): PluginClient {
    const { network } = this.#world;
    const clients = {
      tigris: tigrisClient(this.accounts.tigris, { s3Handler: network.s3Handler }),
      turso: tursoClient(this.accounts.turso),
      fly: flyClient(this.accounts.fly),
    };
    const mutated = this.#mutant?.clients?.(clients, (tenant) => this.mark(tenant)) ?? clients;
    const configured = configuredOver(mutated, this.settings, this.accounts);
    const service = new ProviderService(
      () => new Date(),
      (_severity, _urn, line) => lines.push(line),
    );
    service.configure({ ...configured, claims: this.#mutant?.claims ?? configured.claims });
    this.#cancel = () => {
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
