import type { TenantFile } from "../../tenants/model/tenant-file.ts";

type Change = (file: TenantFile) => TenantFile;

/** One thing that happens in a tenant's life by `up`: what its file says from then on, and how much later it is. */
export interface Turn {
  readonly kind: "up";
  readonly title: string;
  readonly change: Change;
  /** Default: none. */
  readonly days?: number;
}

/** One thing that a verb of `tenantry` does beside `up`. */
export interface Deed {
  readonly kind: "verb";
  readonly title: "snapshot" | "restore" | "switch" | "clone" | "export" | "proof of absence";
}

export type Step = Turn | Deed;

const up = (title: string, change: Change, days?: number): Turn => ({
  kind: "up",
  title,
  change,
  ...(days === undefined ? {} : { days }),
});
const verb = (title: Deed["title"]): Deed => ({ kind: "verb", title });

/** The file of a tenant that is to be created. */
export const BEGINNING: TenantFile = {
  owner: "ops@acme.example",
  machine: { image: "ghcr.io/acme/agent:1.4.2", env: { LOG_LEVEL: "info" } },
  access: [{ name: "alice", mode: "read-only" }],
};

/** A tenant's whole life: every kind of change that calls a vendor differently, and every verb. */
export const LIFE: readonly Step[] = [
  up("create", (file) => file),
  up("change the bucket", (file) => ({
    ...file,
    storage: { locations: ["iad", "ord"], snapshots: true, softDeleteDays: 30 },
  })),
  up("change the machine", (file) => ({
    ...file,
    machine: { ...file.machine, memoryMb: 2048, healthPath: "/healthz", env: { LOG_LEVEL: "debug" } },
    mount: { memoryLimitMb: 512, statCacheTtl: "1m" },
  })),
  up("make it private", (file) => ({ ...file, machine: { ...file.machine, ingress: "private" } })),
  up("make it public again", (file) => ({ ...file, machine: { ...file.machine, ingress: "public" } })),
  up("give and change access", (file) => ({
    ...file,
    access: [
      { name: "alice", mode: "read-write" },
      { name: "bob", mode: "read-only" },
    ],
  })),
  up("take access away", (file) => ({ ...file, access: [] })),
  up("rotate by age", (file) => file, 100),
  up("rotate in an incident", (file) => ({ ...file, rotation: { epoch: 2 } })),
  up("suspend", (file) => ({ ...file, state: "suspended" })),
  up("resume", (file) => ({ ...file, state: "active" })),
  verb("snapshot"),
  verb("restore"),
  verb("clone"),
  up("suspend to switch", (file) => ({ ...file, state: "suspended" })),
  verb("switch"),
  up("resume as it was", (file) => ({ ...file, state: "active" })),
  up("move to a volume", (file) => ({
    ...file,
    storage: { ...file.storage, backend: "fly-volume", volume: { sizeGb: 2 }, kept: { tigris: "protected" } },
    mount: {},
  })),
  up("move back", (file) => ({
    ...file,
    storage: { ...file.storage, backend: "tigris", kept: { "fly-volume": "released" } },
  })),
  up("drop the volume", (file) => {
    const { kept: _, volume: __, ...storage } = file.storage ?? {};
    return { ...file, storage };
  }),
  up("suspend to leave", (file) => ({ ...file, state: "suspended" })),
  verb("export"),
  up("offboard", (file) => ({ ...file, state: "offboarding" })),
  up("purge", (file) => ({ ...file, state: "purged" })),
  verb("proof of absence"),
];
