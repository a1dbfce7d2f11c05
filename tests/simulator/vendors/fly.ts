import { createHash } from "node:crypto";

import { machineOperations } from "./fly-machines.ts";
import { appOf, flapsRefusal, platformRefusal } from "./fly-lookup.ts";
import type { AppRecord, FlyPlace, FlyTables, Volume } from "./fly-records.ts";
import { type Call, empty, json, modelOf, type Nature, type VendorModel } from "./vendor.ts";

/** Fly's Machines API, as far as the provider calls it. */
export function flyModel(nature: Nature, place: FlyPlace): { model: VendorModel; tables: FlyTables } {
  const tables: FlyTables = { apps: new Map(), deleted: new Set(), foreign: new Set() };
  const routes = {
    ...appOperations(tables, nature, place),
    ...secretOperations(tables),
    ...addressOperations(tables, nature, place),
    ...volumeOperations(tables, nature, place),
    ...machineOperations(tables, nature),
  };
  return { model: modelOf(routes, () => json(404, "404 page not found")), tables };
}

function appOperations(tables: FlyTables, nature: Nature, { organization, gone }: FlyPlace) {
  const counts = ({ machines, volumes }: AppRecord) => ({
    machine_count: [...machines.values()].filter(({ state }) => state !== "destroyed").length,
    volume_count: [...volumes.values()].filter(({ isGoing }) => !isGoing).length,
  });
  const shown = (app: AppRecord) => ({
    id: app.id,
    name: app.name,
    organization: { slug: organization },
    ...counts(app),
  });
  return {
    "POST /v1/apps"(call: Call) {
      const { name, org_slug: slug, network } = call.json as { name: string; org_slug: string; network: string };
      if (slug !== organization) throw platformRefusal(403, "not authorized for this organization");
      if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) throw platformRefusal(422, "Validation failed: Name");
      if (tables.apps.has(name) || tables.foreign.has(name))
        throw platformRefusal(422, "Validation failed: Name has already been taken", "name_taken");
      const parts = { secrets: new Map(), machines: new Map(), volumes: new Map(), addresses: new Map() };
      const app: AppRecord = { id: nature.hex(16), name, network, secretsVersion: 0, ...parts };
      tables.apps.set(name, app);
      tables.deleted.delete(name);
      return json(201, { id: app.id, created_at: nature.now() });
    },
    "GET /v1/apps"({ url }: Call) {
      if (url.searchParams.get("org_slug") !== organization) throw platformRefusal(403, "not authorized");
      const apps = [...tables.apps.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
      return json(200, { total_apps: apps.length, apps: apps.map((app) => ({ ...shown(app), network: app.network })) });
    },
    "GET /v1/apps/{app}": (call: Call) => json(200, shown(appOf(tables, call, "platform"))),
    "DELETE /v1/apps/{app}"(call: Call) {
      const app = appOf(tables, call, "platform");
      for (const volume of app.volumes.values()) if (!volume.isGoing) gone(volume);
      tables.apps.delete(app.name);
      tables.deleted.add(app.name);
      return empty(202);
    },
  };
}

function secretOperations(tables: FlyTables) {
  const digestOf = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 16);
  return {
    "GET /v1/apps/{app}/secrets"(call: Call) {
      const all = [...appOf(tables, call).secrets].sort(([one], [other]) => (one < other ? -1 : 1));
      return json(200, { secrets: all.map(([name, value]) => ({ name, digest: digestOf(value) })) });
    },
    "POST /v1/apps/{app}/secrets"(call: Call) {
      const app = appOf(tables, call);
      const { values } = call.json as { values: Readonly<Record<string, string | null>> };
      const wrong = Object.keys(values).find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
      if (wrong !== undefined) throw flapsRefusal(400, `invalid_argument: secret name "${wrong}" is invalid`);
      app.secretsVersion += 1;
      const written = Object.entries(values).flatMap(([name, value]) => {
        if (value === null) app.secrets.delete(name);
        else app.secrets.set(name, value);
        return value === null ? [] : [{ name, digest: digestOf(value) }];
      });
      return json(200, { secrets: written, version: app.secretsVersion, Version: app.secretsVersion });
    },
  };
}

const KINDS = ["v4", "v6", "private_v6", "shared_v4"];

function addressOperations(tables: FlyTables, nature: Nature, { organization }: FlyPlace) {
  const shown = ({ ip, kind, network }: { ip: string; kind: string; network: string }) => ({
    ip,
    region: "global",
    shared: kind === "shared_v4",
    egress: false,
    ...(kind === "private_v6" ? { network: { name: network, org_slug: organization } } : {}),
  });
  const newAddress = (kind: string) => {
    if (kind === "shared_v4") return "198.18.0.1";
    if (kind === "v4") return `198.19.${Number(`0x${nature.hex(2)}`)}.${Number(`0x${nature.hex(2)}`)}`;
    return `${kind === "v6" ? "2001:db8" : "fdaa:0"}:${nature.hex(4)}:${nature.hex(4)}::${nature.hex(4)}`;
  };
  return {
    "GET /v1/apps/{app}/ip_assignments": (call: Call) =>
      json(200, { ips: [...appOf(tables, call, "platform").addresses.values()].map(shown) }),
    "POST /v1/apps/{app}/ip_assignments"(call: Call) {
      const {
        type: kind,
        org_slug: slug,
        network = "",
      } = call.json as { type: string; org_slug?: string; network?: string };
      const { addresses } = appOf(tables, call, "platform");
      if (!KINDS.includes(kind)) throw platformRefusal(422, "type must be one of a few");
      if (slug !== undefined && slug !== organization)
        throw platformRefusal(403, "not authorized for this organization");
      const shared = [...addresses.values()].find((each) => each.kind === "shared_v4");
      if (kind === "shared_v4" && shared !== undefined) return json(200, shown(shared));
      const address = { ip: newAddress(kind), kind, network };
      addresses.set(address.ip, address);
      return json(200, shown(address));
    },
    "DELETE /v1/apps/{app}/ip_assignments/{ip}"(call: Call) {
      const { addresses } = appOf(tables, call, "platform");
      if (!addresses.delete(call.params["ip"] ?? "")) throw platformRefusal(404, "Could not find IP address");
      return empty(204);
    },
  };
}

function volumeOperations(tables: FlyTables, nature: Nature, { gone }: FlyPlace) {
  const shown = ({ isGoing, machine, holds: _, ...fields }: Volume) => ({
    ...fields,
    state: isGoing ? "pending_destroy" : "created",
    attached_machine_id: machine ?? null,
  });
  const found = (call: Call) => {
    const volume = appOf(tables, call).volumes.get(call.params["volume"] ?? "");
    if (volume === undefined) throw flapsRefusal(404, "not_found: volume not found");
    return volume;
  };
  const living = (call: Call) => {
    const volume = found(call);
    if (volume.isGoing) throw flapsRefusal(404, "not_found: volume not found");
    return volume;
  };
  return {
    "GET /v1/apps/{app}/volumes": (call: Call) => json(200, [...appOf(tables, call).volumes.values()].map(shown)),
    "POST /v1/apps/{app}/volumes"(call: Call) {
      const { name, region, size_gb, encrypted, snapshot_retention, auto_backup_enabled } = call.json as Volume;
      const { volumes } = appOf(tables, call);
      const fields = { name, region, size_gb, encrypted, snapshot_retention, auto_backup_enabled };
      const volume: Volume = {
        id: `vol_${nature.hex(16)}`,
        ...fields,
        isGoing: false,
        machine: undefined,
        holds: false,
      };
      volumes.set(volume.id, volume);
      return json(200, shown(volume));
    },
    "GET /v1/apps/{app}/volumes/{volume}": (call: Call) => json(200, shown(found(call))),
    "PUT /v1/apps/{app}/volumes/{volume}"(call: Call) {
      const volume = living(call);
      const { snapshot_retention, auto_backup_enabled } = call.json as Volume;
      Object.assign(volume, { snapshot_retention, auto_backup_enabled });
      return json(200, shown(volume));
    },
    "PUT /v1/apps/{app}/volumes/{volume}/extend"(call: Call) {
      const volume = living(call);
      const { size_gb } = call.json as Volume;
      if (size_gb < volume.size_gb) throw flapsRefusal(400, "invalid_argument: a volume can only grow");
      volume.size_gb = size_gb;
      const holder = appOf(tables, call).machines.get(volume.machine ?? "");
      const isUp = holder !== undefined && !["created", "stopped", "destroyed", "suspended"].includes(holder.state);
      return json(200, { volume: shown(volume), needs_restart: isUp });
    },
    "DELETE /v1/apps/{app}/volumes/{volume}"(call: Call) {
      const volume = living(call);
      if (volume.machine !== undefined)
        throw flapsRefusal(412, `failed_precondition: volume is currently bound to machine: ${volume.machine}`);
      gone(volume);
      volume.isGoing = true;
      return json(200, shown(volume));
    },
  };
}
