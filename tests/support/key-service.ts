import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";

/** A key service that encrypts the secrets of a project's stacks, as a team may have one in place of a passphrase. */
export interface KeyService {
  /** What `pulumi` has to have in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What Pulumi.<stack>.yaml says of it. */
  readonly settings: string;
  close(): void;
}

/** How Pulumi is told of it. */
export const SECRETS_PROVIDER = "hashivault://tenantry";
const PREFIX = "vault:v1:";

/**
 * Listens in place of HashiCorp Vault's transit engine, of which Pulumi asks that it wraps and unwraps the key of a stack. It wraps
 * nothing, for it is asked by tests alone. A run of `pulumi` with a passphrase spends 0.22 s of the processor, more than a third of all
 * that it takes, on making a key of it.
 */
export function startKeyService(): KeyService {
  const folder = mkdtempSync(join(tmpdir(), "tenantry-keys-"));
  const path = join(folder, "socket");
  const server = createServer((request, response) => {
    void json(request).then((asked) => {
      const { plaintext, ciphertext = "" } = asked as { plaintext?: string; ciphertext?: string };
      const data =
        plaintext === undefined
          ? { plaintext: ciphertext.slice(PREFIX.length) }
          : { ciphertext: `${PREFIX}${plaintext}` };
      response.setHeader("content-type", "application/json").end(JSON.stringify({ data }));
    });
  });
  server.listen(path).unref();
  const wrapped = Buffer.from(`${PREFIX}${randomBytes(32).toString("base64")}`).toString("base64");
  return {
    env: { VAULT_SERVER_URL: `unix://${path}`, VAULT_SERVER_TOKEN: "of-a-test" },
    settings: `secretsprovider: ${SECRETS_PROVIDER}\nencryptedkey: ${wrapped}\n`,
    close() {
      server.close();
      server.closeAllConnections();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
