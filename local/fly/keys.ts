import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { damaged } from "../store.ts";
import { mintMacaroon } from "./macaroon.ts";

/** What the embedded Fly can seal, unseal and vouch for. None of the keys leaves this file. */
export interface Keys {
  /** Encrypts `value`; only the same `purpose` opens it again. */
  seal(value: string, purpose: string): string;
  open(sealed: string, purpose: string): string;
  /** What Fly calls a digest: tells two values apart and gives neither away. Not computable without the key. */
  digest(value: string, purpose: string): string;
  /** The organisation's token, made at the first start. Secret. */
  readonly organizationToken: string;
}

const stored = z.object({ vault: z.base64url(), digests: z.base64url(), organizationToken: z.string() });

/** Reads the keys from `dir`, or makes them at the first start. Throws CLOUD_RECORDS_DAMAGED. The file is the owner's alone (0600). */
export function openKeys(dir: string): Keys {
  const path = join(dir, "keys.json");
  if (!existsSync(path)) create(dir, path);
  const { vault, digests, organizationToken } = read(path);
  const vaultKey = Buffer.from(vault, "base64url");
  const digestKey = Buffer.from(digests, "base64url");
  return {
    organizationToken,
    seal(value, purpose) {
      const iv = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", vaultKey, iv).setAAD(Buffer.from(purpose));
      const text = Buffer.concat([cipher.update(value, "utf8"), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), text]).toString("base64url");
    },
    open(sealed, purpose) {
      const bytes = Buffer.from(sealed, "base64url");
      const decipher = createDecipheriv("aes-256-gcm", vaultKey, bytes.subarray(0, 12)).setAAD(Buffer.from(purpose));
      decipher.setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString("utf8");
    },
    digest: (value, purpose) =>
      createHmac("sha256", digestKey).update(purpose).update("\0").update(value).digest("hex").slice(0, 32),
  };
}

/** A parser would quote what it reads. */
function read(path: string): z.infer<typeof stored> {
  const text = readFileSync(path, "utf8");
  try {
    return stored.parse(JSON.parse(text));
  } catch {
    throw damaged(path);
  }
}

function create(dir: string, path: string): void {
  mkdirSync(dir, { recursive: true });
  const random = () => randomBytes(32).toString("base64url");
  const keys: z.infer<typeof stored> = { vault: random(), digests: random(), organizationToken: mintMacaroon() };
  // Written aside and renamed: after a kill there is the whole file or none.
  writeFileSync(`${path}.new`, JSON.stringify(keys), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
