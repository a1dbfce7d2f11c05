import { isDeepStrictEqual } from "node:util";

import { ORGANIZATION, type World } from "./world.ts";

/** An app that another team makes under the name of ours, which somebody has deleted, with things of its own in it. */
export class OtherApp {
  readonly #world: World;
  readonly #name: string;
  readonly #made: unknown;

  /** Undefined: there is no app of this name that could be deleted. */
  static inPlaceOf(world: World, name: string): OtherApp | undefined {
    return world.tables.fly.apps.has(name) ? new OtherApp(world, name) : undefined;
  }

  private constructor(world: World, name: string) {
    this.#world = world;
    this.#name = name;
    const at = `/v1/apps/${name}`;
    this.#ask("DELETE", at);
    this.#ask("POST", "/v1/apps", { name, org_slug: ORGANIZATION, network: "of-another-team" });
    // Under the names that ours have, where they have any.
    this.#ask("POST", `${at}/secrets`, { values: { AWS_ACCESS_KEY_ID: "theirs", DATABASE_AUTH_TOKEN: "theirs" } });
    this.#ask("POST", `${at}/ip_assignments`, { type: "v6" });
    this.#ask("POST", `${at}/volumes`, { name: "data", region: "iad", size_gb: 1 });
    this.#ask("POST", `${at}/machines`, { name: "theirs", region: "iad", config: { image: "theirs" } });
    for (const volume of world.tables.fly.apps.get(name)?.volumes.values() ?? []) volume.holds = true;
    this.#made = this.#contents();
  }

  /** What a run of ours has done to it. Undefined: nothing. */
  wrong(): string | undefined {
    const now = this.#contents();
    if (isDeepStrictEqual(now, this.#made)) return undefined;
    return `another team's app is changed: ${JSON.stringify(this.#made)} -> ${JSON.stringify(now)}`;
  }

  /** Its team gives the name up. */
  giveUp(): void {
    this.#ask("DELETE", `/v1/apps/${this.#name}`);
  }

  #ask(method: string, path: string, body?: object): void {
    this.#world.asOutsider("fly", { method, path, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  }

  #contents(): unknown {
    const app = this.#world.tables.fly.apps.get(this.#name);
    if (app === undefined) return "gone";
    const { id, secrets, addresses, volumes, machines } = app;
    return {
      id,
      secrets: [...secrets],
      addresses: [...addresses.keys()],
      volumes: [...volumes.values()].map(({ id: of, isGoing, size_gb, machine }) => [of, isGoing, size_gb, machine]),
      machines: [...machines.values()].map(({ id: of, instanceId, config, lease }) => [of, instanceId, config, lease]),
    };
  }
}
