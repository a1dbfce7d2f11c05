import { tenantFile, type TenantFile } from "../../tenants/model/tenant-file.ts";
import { knownKeysOf } from "../../tenants/yaml/known-keys.ts";

/** Values of every setting of a tenant file, by path; some are valid only beside others, some never. */
export const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  owner: ["other@acme.example"],
  state: ["suspended", "active"],
  expires: ["2099-01-31"],
  hold: ["case 12"],
  labels: [{ tier: "beta" }],
  plan: ["compact", "roomy"],
  access: [[{ name: "alice", mode: "read-only" }], [{ name: "alice", mode: "read-write" }, { name: "bob" }], []],
  "storage.locations": ["global", "eur", ["iad", "ord"]],
  "storage.snapshots": [true, false],
  "storage.softDeleteDays": [30, 6],
  "machine.image": ["ghcr.io/acme/agent:1.4.3"],
  "machine.region": ["fra"],
  "machine.cpuKind": ["performance"],
  "machine.cpus": [2, 3],
  "machine.memoryMb": [2048, 512, 4096],
  "machine.port": [9000],
  "machine.healthPath": ["/healthz"],
  "machine.autostop": ["off", "suspend"],
  "machine.ingress": ["private", "none", "public"],
  "machine.callers": ["own"],
  "machine.env": [{ LOG_LEVEL: "debug" }, {}],
  "mount.path": ["/srv/files"],
  "mount.durability": ["fsync-on-close"],
  "mount.memoryLimitMb": [128, 512],
  "mount.statCacheTtl": ["1m"],
  "rotation.keys": ["30d"],
  "rotation.tokens": ["14d"],
  "rotation.epoch": [2, 3],
};

/** Settings that no transition here changes, and why. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  reason: "of a tenant that is not active",
  manifest: "the life in life.ts: it gives up the protection for good",
  purgeAfter: "with manifest",
  region: "its parts are changed one by one; all of it replaces the database",
  "storage.backend": "the life in life.ts: what a move leaves behind has to be named",
  "storage.kept": "with storage.backend",
  "storage.awsRegion": "of a backend that the embedded cloud has not",
  "storage.volume": "with storage.backend",
  "database.engine": "a change deletes the database, which its protection refuses",
  "database.location": "a change replaces the database, which its protection refuses",
  "database.sizeLimit": "Turso knows no way to take one off again",
  "database.schema": "its own tests: a schema does not go back",
  snapshots: "read by `snapshot --due` alone; it asks for `storage.snapshots`",
  "drift.ignore": "read by `drift` alone",
};

/** The paths of all settings in the schema of a tenant file; what is a list or a map of its own counts as one. */
export function settingsInSchema(): string[] {
  const known = knownKeysOf(tenantFile);
  const groups = ["", "storage", "database", "machine", "mount", "rotation", "drift"];
  return groups.flatMap((group) =>
    (known.get(group) ?? [])
      .map((key) => (group === "" ? key : `${group}.${key}`))
      .filter((path) => !groups.includes(path)),
  );
}

/** The file with a setting set; undefined takes it out. */
export function withSetting(file: TenantFile, path: string, value: unknown): TenantFile {
  const [first = "", second] = path.split(".");
  if (second === undefined) return without({ ...file, [first]: value }) as TenantFile;
  const group = without({ ...(file as unknown as Record<string, object | undefined>)[first], [second]: value });
  return { ...file, [first]: group };
}

function without(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
