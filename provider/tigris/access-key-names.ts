import type { Mode } from "./policy-document.ts";

/** The inputs that determine the name of a key's policy. */
export interface KeyPurpose {
  readonly bucket: string;
  readonly purpose: string;
  readonly mode: Mode;
}

const SHORT = { "read-write": "rw", "read-only": "ro" } as const;

/**
 * The name of the policy that consecutive keys of one purpose share. At most 122 characters (IAM allows 128). Neither a
 * bucket nor a purpose can contain the separator, so no two purposes share a name.
 */
export function policyName({ bucket, purpose, mode }: KeyPurpose): string {
  return `tenantry_${bucket}_${purpose}_${SHORT[mode]}`;
}

/** The name of a key, for people and for finding what an interrupted run left behind: `<policy>_e1_20260131T235959Z`. */
export function keyName(purpose: KeyPurpose, epoch: number, issued: string): string {
  return `${policyName(purpose)}_e${epoch}_${issued.replaceAll(/[-:]/g, "")}`;
}

/** Whether a key with this name was created for this purpose, at any time. */
export function isNamedFor(purpose: KeyPurpose, name: string): boolean {
  return name.startsWith(`${policyName(purpose)}_e`);
}

/** The bucket for which a key or policy with this name was created; undefined for a name that is not ours. */
export function bucketNamedIn(name: string): string | undefined {
  return /^tenantry_([^_]+)_[^_]+_r[wo](?:_e|$)/.exec(name)?.[1];
}
