/** Whose credential is tried. */
export const KINDS = {
  machine: "the machine's key",
  writer: "a person's key, read-write",
  reader: "a person's key, read-only",
  database: "the database's token",
  deploy: "a Fly token of the app",
  neighbour: "the machine, by its network",
  inside: "a command in its machine",
  nobody: "nobody, without a credential",
} as const;

export type Kind = keyof typeof KINDS;

/** Secret. */
export type Credential =
  { readonly accessKeyId: string; readonly secretAccessKey: string } | { readonly token: string };

/** A tenant as an attacker and as a target. Holds secrets: never print one. */
export interface Party {
  readonly tenant: string;
  readonly bucket?: string | undefined;
  readonly policy?: string | undefined;
  readonly database?: { readonly name: string; readonly url: string } | undefined;
  readonly app: string;
  readonly machineId: string;
  /** Where its machine is on its private network; undefined where nothing is tried from inside. */
  readonly inside?: { readonly ip: string; readonly port: number } | undefined;
  readonly credentials: Readonly<Partial<Record<Kind, Credential>>>;
}
