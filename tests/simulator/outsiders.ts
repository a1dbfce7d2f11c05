import type { Chance } from "./chance.ts";
import type { Machine } from "./vendors/fly-records.ts";
import type { World } from "./world.ts";

/** Something that somebody does past tenantry, with the organisation's own credentials. */
type Deed = (world: World, names: Names, chance: Chance) => void;

interface Names {
  readonly bucket: string;
  readonly app: string;
  readonly database: string;
}

const machineOf = ({ tables }: World, { app }: Names): Machine | undefined =>
  [...(tables.fly.apps.get(app)?.machines.values() ?? [])].find(({ state }) => state !== "destroyed");

const onMachine = (method: string, path: string, body: (machine: Machine) => object): Deed => {
  return (world, names) => {
    const machine = machineOf(world, names);
    if (machine === undefined) return;
    // flyctl names the version that it has seen, and gives up where somebody has the lease.
    const at = `/v1/apps/${names.app}/machines/${machine.id}${path}`;
    world.asOutsider("fly", { method, path: at, body: JSON.stringify(body(machine)) });
  };
};

const patchDatabase =
  (change: object): Deed =>
  (world, { database }) =>
    void world.asOutsider("turso", {
      method: "PATCH",
      path: `/v1/organizations/tenantry-local/databases/${database}/configuration`,
      body: JSON.stringify(change),
    });

const patchBucket =
  (change: object, headers: Record<string, string> = {}): Deed =>
  (world, { bucket }) =>
    void world.asOutsider("tigris", { method: "PATCH", path: `/${bucket}`, headers, body: JSON.stringify(change) });

const iam = (world: World, action: string, form: Readonly<Record<string, string>>) =>
  void world.asOutsider("iam", {
    method: "POST",
    path: `/?Action=${action}`,
    body: new URLSearchParams(form).toString(),
  });

const onKey =
  (act: (world: World, id: string) => void): Deed =>
  (world, { bucket }, chance) => {
    const own = [...world.tables.iam.keys.values()].filter(({ name }) => name.includes(`_${bucket}_`));
    if (own.length > 0) act(world, chance.of(...own).id);
  };

/** All that an outsider does here, by name. Each can be undone by a refresh and an `up`. */
export const DEEDS: Readonly<Record<string, Deed>> = {
  "changes a machine's environment": onMachine("POST", "", ({ config, instanceId }) => ({
    config: { ...config, env: { ...(config["env"] as object), OUTSIDER: "was here" } },
    current_version: instanceId,
  })),
  "stops a machine": onMachine("POST", "/stop", () => ({})),
  "destroys a machine": onMachine("DELETE", "?force=true", () => ({})),
  "writes a secret": (world, { app }) =>
    void world.asOutsider("fly", {
      method: "POST",
      path: `/v1/apps/${app}/secrets`,
      body: JSON.stringify({ values: { AWS_ACCESS_KEY_ID: "other", OUTSIDER: "1" } }),
    }),
  "takes an address away": (world, { app }, chance) => {
    const all = [...(world.tables.fly.apps.get(app)?.addresses.keys() ?? [])];
    if (all.length > 0)
      world.asOutsider("fly", { method: "DELETE", path: `/v1/apps/${app}/ip_assignments/${chance.of(...all)}` });
  },
  "gives an address": (world, { app }) =>
    void world.asOutsider("fly", { method: "POST", path: `/v1/apps/${app}/ip_assignments`, body: '{"type":"v6"}' }),
  "deletes an app": (world, { app }) => void world.asOutsider("fly", { method: "DELETE", path: `/v1/apps/${app}` }),
  "deletes a key": onKey((world, id) => iam(world, "DeleteAccessKey", { AccessKeyId: id })),
  "switches a key off": onKey((world, id) => iam(world, "UpdateAccessKey", { AccessKeyId: id, Status: "Inactive" })),
  "gives a key a role": onKey((world, id) =>
    iam(world, "UpdateAccessKeyWithBucketsRole", {
      Req: JSON.stringify({ id, buckets_role: [{ bucket: "another", role: "Editor" }] }),
    }),
  ),
  "opens a bucket": patchBucket({}, { "x-amz-acl": "public-read" }),
  "changes a bucket's soft delete": patchBucket({ soft_delete: { enabled: true, retention_days: 90 } }),
  "takes the mark off a bucket": (world, { bucket }) =>
    void world.asOutsider("tigris", { method: "PUT", path: `/${bucket}?tagging`, body: "<Tagging></Tagging>" }),
  "blocks a database": patchDatabase({ block_reads: true }),
  "takes a database's protection away": patchDatabase({ delete_protection: false }),
  "revokes a database's tokens": (world, { database }) =>
    void world.asOutsider("turso", {
      method: "POST",
      path: `/v1/organizations/tenantry-local/databases/${database}/auth/rotate`,
    }),
};
