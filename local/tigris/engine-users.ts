import { rename, writeFile } from "node:fs/promises";

import type { AccessKey } from "./access-keys.ts";

/** A document that binds a key, under the name it has at the engine. */
export interface InlinePolicy {
  readonly name: string;
  readonly document: string;
}

/** The users as versitygw's IAM server knows them: one per access key, with its policies inline. */
export interface EngineUsers {
  put(key: AccessKey, policies: readonly InlinePolicy[]): void;
  remove(keyId: string): void;
  /** Resolves when all changes before this call are effective in the engine. */
  settled(): Promise<void>;
  count(): number;
}

/**
 * Keeps the users in the file of the IAM server, which reads it anew for every question it is asked (iamapi/storage/internal.go
 * and internal/iamstore of versitygw 1.8.0) and which is made for other writers that replace the file as a whole.
 *
 * The alternative, its HTTP API, takes three calls and six file writes for each tenant's key, lets the server choose the key's
 * id, cannot give a key a new secret, and would leave two sources of truth to be reconciled after a crash. This way the store
 * is the only truth: the file is derived from it, at every start and after every change, and changes made at the same time
 * share one write.
 */
export function engineUsers(path: string): EngineUsers {
  const users = new Map<string, string>();
  let current: Promise<void> = Promise.resolve();
  let queued: Promise<void> | undefined;

  const write = async () => {
    const text = fileText(users);
    await writeFile(`${path}.new`, text, { mode: 0o600 });
    await rename(`${path}.new`, path);
  };
  const writeNext = () => {
    queued = undefined;
    current = write();
    return current;
  };
  return {
    put: (key, policies) => void users.set(key.id, JSON.stringify(engineUser(key, policies))),
    remove: (keyId) => void users.delete(keyId),
    settled: () => (queued ??= current.then(writeNext, writeNext)),
    count: () => users.size,
  };
}

function fileText(users: ReadonlyMap<string, string>): string {
  const entries = [...users].map(([id, user]) => `${JSON.stringify(id)}:${user}`);
  const index = [...users.keys()].map((id) => `${JSON.stringify(id)}:${JSON.stringify(id)}`);
  return `{"users":{${entries.join(",\n")}},"accessKeyIndex":{${index.join(",")}}}`;
}

/**
 * The IAM server notes when a key was last used, in this same file, but only when that moment is later than the noted one
 * (iamapi/storage/common.go, shouldRecordUsage). A moment in the far future keeps it from writing: two writers that each
 * replace the whole file would lose each other's changes.
 */
const NEVER_NOTE_USE = { LastUsedDate: "9999-01-01T00:00:00Z", LastUsedService: "s3", LastUsedRegion: "auto" };

// Only what the engine needs: it reads the file with every request of a key, so the file's size determines the cost of a
// request.
function engineUser(key: AccessKey, policies: readonly InlinePolicy[]) {
  return {
    UserName: key.id,
    Arn: `arn:aws:iam::000000000000:user/${key.id}`,
    AccessKeys: [
      {
        AccessKeyId: key.id,
        SecretAccessKey: key.secret,
        Status: key.status === "active" ? "Active" : "Inactive",
        ...NEVER_NOTE_USE,
      },
    ],
    Policies: {
      inline: policies.map(({ name, document }) => ({ PolicyName: name, PolicyDocument: withFullWildcards(document) })),
    },
  };
}

/**
 * A `*` of a pattern stands for itself alone at the engine where the key has one at that very place: `b/*` does not hold for
 * `b/*notes.md` (auth/bucket_policy.go, matchPattern). Of eight, the last still stands for anything after seven of them.
 */
function withFullWildcards(document: string): string {
  return document.replaceAll(/"arn:aws:s3:::[^"]*"/g, (resource) => resource.replaceAll(/\*+/g, "*".repeat(8)));
}
