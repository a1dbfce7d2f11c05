import type { SwitchBoard } from "../switches.ts";
import type { EngineUsers, InlinePolicy } from "./engine-users.ts";
import type { Records } from "./records.ts";
import { isAdmin, roleDocument } from "./role-document.ts";
import type { switches } from "./switches.ts";

interface Parts extends Pick<Records, "keys" | "policies" | "attachments"> {
  readonly users: EngineUsers;
  readonly switches: SwitchBoard<typeof switches>;
}

/** Updates these keys' permissions in the engine. When it resolves, they are effective. */
export async function enforce(gateway: Parts, keyIds: readonly string[]): Promise<void> {
  for (const id of keyIds) publish(gateway, id);
  await gateway.users.settled();
}

/** Derives all of the engine's users from the records, whatever the engine had before. */
export async function enforceAll(gateway: Parts): Promise<void> {
  await enforce(
    gateway,
    gateway.keys.entries().map(([id]) => id),
  );
}

/** Brings what every key may do up to its switches. Called with every request, so that the first after a change meets it. */
export function followSwitches(gateway: Parts): () => Promise<void> {
  const position = () => `${gateway.switches.read("defaultAllowed")} ${gateway.switches.read("policiesIgnored")}`;
  let followed = position();
  let done = Promise.resolve();
  return () => {
    const wanted = position();
    if (wanted !== followed) done = enforceAll(gateway);
    followed = wanted;
    return done;
  };
}

const ALLOWED_BY_DEFAULT = allowing("default", ["s3:CreateBucket", "s3:ListAllMyBuckets"]);
const ALL_ALLOWED = allowing("everything", ["*"]);

function allowing(name: string, actions: readonly string[]): InlinePolicy {
  const statement = { Effect: "Allow", Action: actions, Resource: ["*"] };
  return { name, document: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }) };
}

function publish({ users, keys, policies, attachments, switches }: Parts, keyId: string): void {
  const key = keys.get(keyId);
  if (key === undefined) {
    users.remove(keyId);
    return;
  }
  if (switches.read("policiesIgnored")) {
    users.put(key, [ALL_ALLOWED]);
    return;
  }
  const role = roleDocument(key.roles);
  // Policies don't bind an administrator, not even one that denies.
  const attached = isAdmin(key.roles) ? [] : attachments.policiesOf(keyId);
  const inline: InlinePolicy[] = [
    ...(switches.read("defaultAllowed") ? [ALLOWED_BY_DEFAULT] : []),
    ...(role === undefined ? [] : [{ name: "roles", document: role }]),
    ...attached.flatMap((name) => {
      const policy = policies.get(name);
      return policy === undefined ? [] : [{ name: `policy-${name}`, document: policy.document }];
    }),
  ];
  users.put(key, inline);
}
