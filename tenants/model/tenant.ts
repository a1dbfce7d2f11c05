import type { IgnoreRule } from "./drift.ts";
import type { FlyRegion, RegionCode, TigrisRegion, TursoLocation } from "../regions.ts";

/** A tenant with every setting filled in: from its file, its plan, its region and the built-in defaults. Units as in the file. */
export interface Tenant {
  readonly id: string;
  readonly owner: string;
  readonly state: "active" | "suspended" | "offboarding" | "purged";
  /** Why it is suspended, or leaves. Never while it is active. */
  readonly reason?: string;
  /** `2027-01-31`: from that day on, in UTC, it is due to be suspended. */
  readonly expires?: string;
  /** Why its data must be kept. Never while offboarding or purged. */
  readonly hold?: string;
  /** Only while offboarding, and always when purged. */
  /** Names and values of people's own, sorted. Absent when there are none. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly manifest?: { readonly path: string; readonly sha256: string; readonly contents?: string | undefined };
  /** `2027-01-31`: not purged before that day, in UTC, unless the customer asks. Only while offboarding, and when purged. */
  readonly purgeAfter?: string;
  readonly region: RegionCode;
  readonly plan: string;
  readonly storage: TenantStorage;
  /** What the tenant has left behind on other backends, and still has there. Absent when there is nothing. */
  readonly kept?: readonly KeptStorage[];
  readonly database: TenantDatabase;
  readonly machine: TenantMachine;
  readonly mount: TenantMount;
  readonly access: readonly TenantAccess[];
  readonly rotation: TenantRotation;
  /** Absent: no snapshot is ever due. */
  readonly snapshots?: TenantSnapshots;
  /** What a snapshot runs in the machine to have the app hold its writes back. Absent: nothing. */
  readonly quiesce?: readonly string[];
  /** Differences that `tenantry drift` leaves out of its result. Absent when there are none. */
  readonly driftIgnored?: readonly IgnoreRule[];
}

/** Where a Tigris bucket's data can be. */
export type BucketLocation = "global" | "usa" | "eur" | TigrisRegion;

/** What holds the tenant's files, with the settings of that backend. */
export type TenantStorage =
  | {
      readonly backend: "tigris";
      /** `["global"]`, `["usa"]`, `["eur"]`, or one or two region codes, sorted. */
      readonly locations: readonly BucketLocation[];
      readonly snapshots: boolean;
      readonly softDeleteDays: number;
    }
  | { readonly backend: "aws-s3"; readonly awsRegion: string; readonly softDeleteDays: number }
  | {
      readonly backend: "fly-volume";
      readonly volume: { readonly sizeGb: number; readonly snapshotRetentionDays: number };
    };

/** Storage that a tenant has moved away from. `protected`: it is not deleted; `released`: the next `up` deletes it. */
export type KeptStorage = TenantStorage & { readonly guard: "protected" | "released" };

/** The tenant's database, or that it has none. */
export type TenantDatabase =
  | {
      readonly engine: "turso";
      readonly location: TursoLocation;
      /** Canonical: `1gb`, never `1000mb`. `sizeBytes` counts it. Absent unless declared: Turso's current platform refuses one. */
      readonly sizeLimit?: string;
      /** Absent: the app manages its tables itself. */
      readonly schema?: TenantSchema;
    }
  | { readonly engine: "none" };

/** What migrates a database's tables to a version, and whether it runs before the new image. */
export type TenantSchema = (SchemaFromFolder | SchemaByCommand) & {
  readonly version: number;
  readonly order: "schema-first" | "image-first";
  /** The app's own check, a command; absent: there is none. */
  readonly check?: { readonly command: readonly string[] };
};

/** Migrations that tenantry runs. */
interface SchemaFromFolder {
  /** Folder of the migrations, from the project's. */
  readonly from: string;
  readonly command?: undefined;
}

/** The app's own migrator. */
interface SchemaByCommand {
  readonly from?: undefined;
  readonly command: readonly string[];
  /** Tables that may have fewer rows afterwards. */
  readonly mayShrink: readonly string[];
}

/** The machine that runs the tenant's app. */
export interface TenantMachine {
  readonly region: FlyRegion;
  readonly image: string;
  readonly cpuKind: "shared" | "performance";
  readonly cpus: number;
  readonly memoryMb: number;
  readonly port: number;
  /** Undefined: the machine is ready when the port is open. */
  readonly healthPath?: string;
  readonly autostop: "stop" | "off" | "suspend";
  readonly ingress: "public" | "private" | "none";
  /** The network whose machines can reach a private app: `default`, `own`, or the name of a network at Fly. */
  readonly callers: string;
  /** Sorted by name. */
  readonly env: Readonly<Record<string, string>>;
}

/** How the files appear inside the machine. */
export type TenantMount =
  | {
      /** A bucket, mounted by TigrisFS. */
      readonly by: "tigrisfs";
      readonly path: string;
      readonly durability: "write-back" | "fsync-on-close";
      readonly memoryLimitMb: number;
      /** Canonical: `1m`, never `60s`. `durationSeconds` counts it. */
      readonly statCacheTtl: string;
    }
  /** A Fly volume, mounted by Fly. */
  | { readonly by: "fly"; readonly path: string };

/** A key for somebody's computer. */
export interface TenantAccess {
  readonly name: string;
  readonly mode: "read-only" | "read-write";
}

/** How old keys and tokens may grow, and which generation of them is valid. */
export interface TenantRotation {
  /** Canonical: `14d`, never `2w`. `durationSeconds` counts it. */
  readonly keys: string;
  readonly tokens: string;
  readonly epoch: number;
}

/** How old the last snapshot of files and rows may grow, and for how long snapshots are listed. Canonical durations. */
export interface TenantSnapshots {
  readonly every: string;
  readonly keep: string;
}
