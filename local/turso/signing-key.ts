import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";

import { SignJWT } from "jose";

/** A private Ed25519 key as PEM (PKCS #8). Secret. */
export type SigningKey = string;

export type Access = "full-access" | "read-only";

export function newSigningKey(): SigningKey {
  return generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }) as string;
}

/** By the private one: a database's, and its group's, are asked for again at every change of it. */
const publicKeys = new Map<SigningKey, string>();

/** The public half as PEM (SPKI), as sqld takes it. */
export function publicKeyOf(key: SigningKey): string {
  const known = publicKeys.get(key) ?? (createPublicKey(key).export({ type: "spki", format: "pem" }) as string);
  publicKeys.set(key, known);
  return known;
}

/** What a token opens: one database (`id` = DbId, checked by sqld) or, by its key alone, all databases of a group. */
export type Reach = { readonly id: string } | { readonly gid: string };

/** Mints a token for SQL. `lifetime` in seconds; undefined: it never expires. */
export function mint(
  key: SigningKey,
  reach: Reach,
  access: Access,
  now: Date,
  lifetime: number | undefined,
): Promise<string> {
  const issuedAt = Math.floor(now.getTime() / 1000);
  const expiry = lifetime === undefined ? {} : { exp: issuedAt + lifetime };
  return new SignJWT({ ...reach, a: access === "read-only" ? "ro" : "rw", iat: issuedAt, ...expiry })
    .setProtectedHeader({ alg: "EdDSA", typ: "JWT" })
    .sign(createPrivateKey(key));
}
