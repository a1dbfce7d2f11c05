import type { Store, Table } from "../store.ts";

/** A policy of the organisation, by its name. */
export interface Policy {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** The document's text as it was given. */
  readonly document: string;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export function policies(store: Store): Table<Policy> {
  return store.table<Policy>("policies");
}

/** Which policy is attached to which key. Both directions are kept, because both are asked for: write inside `store.atomically`. */
export interface Attachments {
  attach(policy: string, keyId: string): void;
  /** Whether it was attached. */
  detach(policy: string, keyId: string): boolean;
  isAttached(policy: string, keyId: string): boolean;
  policiesOf(keyId: string): string[];
  keysOf(policy: string): string[];
}

export function attachments(store: Store): Attachments {
  // Neither the name of a policy nor the id of a key may contain a slash.
  const byKey = store.table<true>("attachments-by-key");
  const byPolicy = store.table<true>("attachments-by-policy");
  const secondHalf = (table: Table<true>, first: string) =>
    table.entries(`${first}/`).map(([pair]) => pair.slice(first.length + 1));
  return {
    attach(policy, keyId) {
      byKey.put(`${keyId}/${policy}`, true);
      byPolicy.put(`${policy}/${keyId}`, true);
    },
    detach(policy, keyId) {
      byKey.remove(`${keyId}/${policy}`);
      return byPolicy.remove(`${policy}/${keyId}`);
    },
    isAttached: (policy, keyId) => byKey.get(`${keyId}/${policy}`) !== undefined,
    policiesOf: (keyId) => secondHalf(byKey, keyId),
    keysOf: (policy) => secondHalf(byPolicy, policy),
  };
}
