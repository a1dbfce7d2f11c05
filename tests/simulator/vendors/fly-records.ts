/** A volume, in the words in which Fly shows it. */
export interface Volume {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  size_gb: number;
  readonly encrypted: boolean;
  snapshot_retention: number;
  auto_backup_enabled: boolean;
  /** Deleted: shown for a day more. */
  isGoing: boolean;
  machine: string | undefined;
  /** Whether an app has written files. */
  holds: boolean;
}

export interface Lease {
  readonly nonce: string;
  /** Seconds since 1970. */
  readonly expiresAt: number;
  readonly description: string;
  /** The machine's when it was taken. */
  readonly version: string;
}

export interface MachineEvent {
  readonly type: string;
  readonly status: string;
  readonly source: "user" | "flyd";
  readonly timestamp: number;
  readonly request?: object;
}

export interface Machine {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  instanceId: string;
  state: string;
  /** Where it is heading, and when it is there. */
  move:
    { readonly aim: string; readonly at: number; readonly event: Pick<MachineEvent, "type" | "status"> } | undefined;
  config: Readonly<Record<string, unknown>>;
  events: readonly MachineEvent[];
  lease: Lease | undefined;
}

export interface AppRecord {
  readonly id: string;
  readonly name: string;
  readonly network: string;
  secretsVersion: number;
  readonly secrets: Map<string, string>;
  readonly machines: Map<string, Machine>;
  readonly volumes: Map<string, Volume>;
  readonly addresses: Map<string, { readonly ip: string; readonly kind: string; readonly network: string }>;
}

/** Everything that the model of Fly holds. */
export interface FlyTables {
  readonly apps: Map<string, AppRecord>;
  /** Names that were in use. */
  readonly deleted: Set<string>;
  /** Names that another organisation has. */
  readonly foreign: Set<string>;
}

/** The organisation, and who is told of a volume that goes. */
export interface FlyPlace {
  readonly organization: string;
  gone(volume: Volume): void;
}
