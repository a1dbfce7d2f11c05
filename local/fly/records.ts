export interface AppRecord {
  /** Its own for ever: an app made again under the same name has another one and inherits nothing. */
  readonly id: string;
  readonly numericId: number;
  readonly name: string;
  readonly network: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Counts the writes of secrets. */
  readonly secretsVersion: number;
}

export const ADDRESS_KINDS = ["shared_v4", "v4", "v6", "private_v6"] as const;
export type AddressKind = (typeof ADDRESS_KINDS)[number];

export interface AddressRecord {
  readonly ip: string;
  readonly kind: AddressKind;
  readonly region: string;
  readonly serviceName: string;
  readonly createdAt: string;
  /** From where machines go out, not where they are reached. Absent: no. */
  readonly egress?: boolean;
  /** Of a private address: the network whose machines may call it. Empty: the organisation's default network. */
  readonly network?: string;
}

/** A secret of an app as it is kept: sealed. No operation gives the value out. */
export interface SecretRecord {
  readonly name: string;
  readonly sealed: string;
  readonly digest: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The secrets of an app as they were at one version, still sealed: what a machine boots with. */
export interface SecretsAtVersion {
  readonly version: number;
  readonly sealed: Readonly<Record<string, string>>;
}

/** What a token may do: everything in the organisation, only look, or everything in one app. */
export type TokenKind = "organization" | "read-only" | "deploy";

/** A token as it is kept: by its hash, never itself. */
export interface TokenRecord {
  readonly id: string;
  readonly kind: TokenKind;
  /** The app's id, for a deploy token. An app created again with the same name is another app. */
  readonly app?: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface VolumeRecord {
  readonly id: string;
  readonly appName: string;
  readonly name: string;
  readonly region: string;
  readonly sizeGb: number;
  readonly encrypted: boolean;
  readonly fstype: string;
  /** Days. */
  readonly snapshotRetention: number;
  readonly autoBackup: boolean;
  /** Fly keeps a deleted volume for 24 hours as `pending_destroy`. */
  readonly state: "created" | "pending_destroy";
  /** The machine that has claimed it. */
  readonly machine: string | undefined;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface SnapshotRecord {
  readonly id: string;
  readonly volume: string;
  readonly sizeGb: number;
  readonly retention: number;
  readonly createdAt: string;
}
