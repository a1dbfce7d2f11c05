import type { Gateway, Records } from "./gateway.ts";
import type { EngineUsers, InlinePolicy } from "./engine-users.ts";
import { isAdmin, roleDocument } from "./role-document.ts";

type Parts = Pick<Gateway, "users"> & Pick<Records, "keys" | "policies" | "attachments">;

/** Tells the engine what these keys may do by now. When it resolves, the engine goes by it. */
export async function enforce(gateway: Parts, keyIds: readonly string[]): Promise<void> {
  for (const id of keyIds) publish(gateway, id);
  await gateway.users.settled();
}

/** Derives all of the engine's users from the records, whatever the engine had before. */
export async function enforceAll(records: Omit<Parts, "users">, users: EngineUsers): Promise<void> {
  await enforce(
    { ...records, users },
    records.keys.entries().map(([id]) => id),
  );
}

function publish({ users, keys, policies, attachments }: Parts, keyId: string): void {
  const key = keys.get(keyId);
  if (key === undefined) {
    users.remove(keyId);
    return;
  }
  const role = roleDocument(key.roles);
  // Policies don't bind an administrator, not even one that denies.
  const attached = isAdmin(key.roles) ? [] : attachments.policiesOf(keyId);
  const inline: InlinePolicy[] = [
    ...(role === undefined ? [] : [{ name: "roles", document: role }]),
    ...attached.flatMap((name) => {
      const policy = policies.get(name);
      return policy === undefined ? [] : [{ name: `policy-${name}`, document: policy.document }];
    }),
  ];
  users.put(key, inline);
}
