import { randomBytes, randomInt } from "node:crypto";

import type { Store } from "../store.ts";

/** An access key id and its secret. Never print one. */
export interface Credential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const ID_LENGTH = 24;
const SECRET_BYTES = 36;

/** A new key in the form of Tigris' own: `tid_…` and `tsec_…`. */
export function mintCredential(): Credential {
  const id = Array.from({ length: ID_LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join("");
  return { accessKeyId: `tid_${id}`, secretAccessKey: mintSecret() };
}

export function mintSecret(): string {
  return `tsec_${randomBytes(SECRET_BYTES).toString("base64url")}`;
}

/** The organisation's own key, minted at the first start. The engines know it as their root. */
export function rootCredential(store: Store): Credential {
  const table = store.table<Credential>("root");
  const known = table.get("root");
  if (known !== undefined) return known;
  const minted = mintCredential();
  table.put("root", minted);
  return minted;
}
