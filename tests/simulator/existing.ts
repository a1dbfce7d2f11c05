import { shownSettings } from "../../provider/tigris/bucket-settings.ts";
import type { Tables } from "./world.ts";

/** What exists at the vendors, without what chance or time has made and without what is on its way out. */
export function existing({ storage, iam, turso, fly }: Tables): unknown {
  const all = {
    buckets: [...storage.buckets.values()]
      .filter(({ isDeleted }) => !isDeleted)
      .map(({ name, settings, tags, objects }) => ({
        name,
        settings: shownSettings(settings),
        tags: [...tags].sort(),
        objects: [...objects.keys()].sort(),
      })),
    keys: [...iam.keys.values()].map(({ name, isActive, roles, policies }) => ({
      name: name.replace(/_\d{8}T\d{6}Z$/, ""),
      roles,
      // One that somebody has switched off is as closed as one that nothing is attached to.
      opens: isActive ? [...policies].sort() : [],
    })),
    policies: [...iam.policies],
    databases: [...turso.databases.values()].map(({ name, group, configuration }) => ({ name, group, configuration })),
    groups: [...turso.groups.values()],
    apps: [...fly.apps.values()].map((app) => ({
      name: app.name,
      network: app.network,
      secrets: [...app.secrets.keys()].sort(),
      addresses: [...app.addresses.values()].map(({ kind, network }) => `${kind} ${network}`).sort(),
      volumes: [...app.volumes.values()]
        .filter(({ isGoing }) => !isGoing)
        .map(({ id: _, holds: __, machine, ...fields }) => ({ ...fields, isHeld: machine !== undefined })),
      machines: [...app.machines.values()]
        .filter(({ state }) => !["destroyed", "destroying"].includes(state))
        .map(({ region, state, config }) => ({ region, state: isWakened(config) ? "up or asleep" : state, config })),
    })),
  };
  const lists = Object.entries(all).map(([name, list]) => [name, sorted<unknown>(list)]);
  return JSON.parse(JSON.stringify(Object.fromEntries(lists)), (key, value: unknown) => {
    if (key === "tenantry-before-suspension" || key === "tenantry-secrets-version") return undefined;
    if (key === "state" && value === "created") return "stopped";
    return typeof value === "string" ? value.replaceAll(/vol_[a-z0-9]+/g, "VOLUME") : value;
  });
}

/** Fly's proxy stops and starts such a machine, and tenantry leaves it at that. */
function isWakened(config: Readonly<Record<string, unknown>>): boolean {
  return config["services"] !== undefined;
}

function sorted<Item>(items: readonly Item[]): Item[] {
  return items.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}
