import { setTimeout as sleep } from "node:timers/promises";

import { flyClient } from "../../provider/fly/client.ts";
import { VendorError } from "../../provider/http/vendor-error.ts";
import { tigrisClient } from "../../provider/tigris/client.ts";
import { tursoClient } from "../../provider/turso/client.ts";
import type { Accounts } from "../../stack/accounts.ts";
import type { physicalNames } from "../../tenants/physical-name.ts";
import type { Asked } from "./certificate.ts";
import type { OldCredential } from "./purging.ts";

/** Pauses between looks: vendors are eventually consistent. */
const AGAIN_AFTER_MS = [500, 1500, 3000, 5000];

/**
 * Asks every vendor, with the stack's own credentials, for what a purged tenant had: by name, and in the lists of what is
 * named after it. Then tries each of its old credentials. What is still there is asked for again for 10 s. Throws what a
 * vendor refuses: unknown is not gone.
 */
export async function proofOfAbsence(
  accounts: Accounts,
  tenant: string,
  names: ReturnType<typeof physicalNames>,
  credentials: readonly OldCredential[],
  { pauses = AGAIN_AFTER_MS }: { pauses?: readonly number[] } = {},
): Promise<Asked[]> {
  for (const pause of pauses) {
    const asked = await look(accounts, tenant, names, credentials);
    if (asked.every(({ found }) => found === "nothing" || found === "refused")) return asked;
    await sleep(pause);
  }
  return look(accounts, tenant, names, credentials);
}

async function look(
  accounts: Accounts,
  tenant: string,
  { bucket, database, app }: ReturnType<typeof physicalNames>,
  credentials: readonly OldCredential[],
): Promise<Asked[]> {
  const serving = { tenant };
  const { buckets, iam } = tigrisClient(accounts.tigris);
  const turso = tursoClient(accounts.turso);
  const fly = flyClient(accounts.fly);
  const marked = `_${bucket}_`;
  const named = async (all: Promise<readonly { readonly name: string }[]>, isOurs: (name: string) => boolean) =>
    (await all).flatMap(({ name }) => (isOurs(name) ? [name] : []));
  const ask = async (vendor: string, what: string, found: Promise<readonly string[]>): Promise<Asked> => {
    const names = await found;
    return { vendor, asked: what, found: names.length === 0 ? "nothing" : names.join(", ") };
  };
  const oneOrNone = async (found: Promise<unknown>, name: string) => ((await found) === undefined ? [] : [name]);
  const [absence, tried] = await Promise.all([
    Promise.all([
      ask("Tigris", `bucket ${bucket}`, oneOrNone(buckets.metadata(bucket, serving), bucket)),
      ask(
        "Tigris",
        `keys named after ${bucket}`,
        named(iam.keys(serving), (name) => name.includes(marked)),
      ),
      ask(
        "Tigris",
        `policies named after ${bucket}`,
        named(iam.policies(serving), (name) => name.includes(marked)),
      ),
      ask("Turso", `database ${database}`, oneOrNone(turso.database(database, serving), database)),
      ask(
        "Turso",
        `copies of ${database}`,
        named(turso.databases(serving), (name) => name.startsWith(`${database}--`)),
      ),
      ask("Fly", `app ${app}`, oneOrNone(fly.app(app, serving), app)),
    ]),
    triedCredentials(accounts, tenant, credentials),
  ]);
  return [...absence, ...tried];
}

/** Whether each of these credentials still opens anything. Throws what a vendor says otherwise. */
export function triedCredentials(
  accounts: Pick<Accounts, "tigris" | "turso">,
  tenant: string,
  credentials: readonly OldCredential[],
): Promise<Asked[]> {
  return Promise.all(credentials.map((credential) => tried(accounts, tenant, credential)));
}

async function tried(
  accounts: Pick<Accounts, "tigris" | "turso">,
  tenant: string,
  credential: OldCredential,
): Promise<Asked> {
  if (credential.kind === "access key") {
    const { id: accessKeyId, secret: secretAccessKey } = credential;
    const client = tigrisClient({ ...accounts.tigris, accessKeyId, secretAccessKey }, { retries: 1 });
    const isRefused = await client.buckets.names({ tenant }).then(
      () => false,
      (error: unknown) => {
        if (VendorError.hasStatus(error, 401, 403)) return true;
        throw error;
      },
    );
    return { vendor: "Tigris", asked: `access key ${accessKeyId}, tried`, found: isRefused ? "refused" : "accepted" };
  }
  const probed = await tursoClient(accounts.turso).probe(credential.hostname, credential.token, { tenant });
  const asked = `token of ${credential.id}, tried`;
  return { vendor: "Turso", asked, found: probed === "accepted" ? "accepted" : "refused" };
}
