import type { Outsider } from "../support/outsider.ts";

interface ListedKey {
  readonly access_key_id: string;
  readonly username: string;
}
interface ListedMachine {
  readonly id: string;
  readonly region: string;
  readonly config: Readonly<Record<string, unknown>> & {
    readonly env: Readonly<Record<string, string>>;
    readonly metadata: Readonly<Record<string, string>>;
  };
}

const SWITCHED_OFF = { acl_settings: { allow_object_acl: false }, protection: { protected: false } };

/** The account in ARNs of the embedded organisation's policies. */
export const policyArn = (name: string): string => `arn:aws:iam::org_embedded:policy/${name}`;

/** Access keys whose name starts so, by name. */
export async function keysNamed(outside: Outsider, start: string): Promise<{ id: string; name: string }[]> {
  const url = "ListAccessKeys&Detailed";
  const { Keys = [] } = await outside.iam<{ Keys?: ListedKey[] }>(url, { MaxItems: "1000" });
  return Keys.map(({ access_key_id: id, username: name }) => ({ id, name }))
    .filter(({ name }) => name.startsWith(start))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The one machine of an app. */
export async function machineOf(outside: Outsider, app: string): Promise<ListedMachine> {
  const [machine, ...others] = await outside.fly<ListedMachine[]>("GET", `/apps/${app}/machines`);
  if (machine === undefined || others.length > 0) throw new Error(`app ${app} has ${others.length} machines too many`);
  return machine;
}

/** The addresses of an app. */
export async function addressesOf(outside: Outsider, app: string): Promise<{ ip: string; shared: boolean }[]> {
  return (await outside.fly<{ ips: { ip: string; shared: boolean }[] }>("GET", `/apps/${app}/ip_assignments`)).ips;
}

/** The digest of each of an app's secrets. */
export async function secretsOf(outside: Outsider, app: string): Promise<Record<string, string>> {
  const { secrets } = await outside.fly<{ secrets: { name: string; digest: string }[] }>("GET", `/apps/${app}/secrets`);
  return Object.fromEntries(secrets.map(({ name, digest }) => [name, digest]));
}

/**
 * Everything that tenantry settles of a tenant, as the vendors show it: `name` is its bucket's, database's and app's. Two
 * of these are equal when the tenant is set up the same way.
 */
export async function tenantAtVendors(outside: Outsider, name: string) {
  const keys = await keysNamed(outside, `tenantry_${name}_`);
  const [metadata, tags, policies, attached, database, secrets, machine, addresses] = await Promise.all([
    outside.s3("GET", `/${name}?metadata`),
    outside.s3("GET", `/${name}?tagging`),
    Promise.all(keys.map(({ name: key }) => outside.iam("GetPolicyDetailed", { PolicyArn: policyArn(policyOf(key)) }))),
    Promise.all(keys.map(({ id }) => outside.iam("ListUserPolicies", { UserName: id }))),
    outside.turso("GET", `/databases/${name}/configuration`),
    secretsOf(outside, name),
    machineOf(outside, name),
    addressesOf(outside, name),
  ]);
  const { "tenantry-secrets-version": _, ...marks } = machine.config.metadata;
  return {
    // Tigris leaves out what was never switched on.
    bucket: { ...SWITCHED_OFF, ...(JSON.parse(metadata) as object) },
    // In no order of their own.
    tags: [...tags.matchAll(/<Key>(.*?)<.*?<Value>(.*?)</g)]
      .map(([, key, value]) => `${key ?? ""}=${value ?? ""}`)
      .sort(),
    keys: keys.map(({ id }) => id),
    documents: policies.map((policy) => (policy as { PolicyDetailed: { Document: string } }).PolicyDetailed.Document),
    attached: attached.map((each) => (each as { ListUserPoliciesResult: unknown }).ListUserPoliciesResult),
    database,
    secrets,
    machine: { ...machine.config, metadata: marks, region: machine.region, id: machine.id },
    addresses: addresses.map(({ ip, shared }) => `${shared ? "shared" : "own"} ${ip.includes(":") ? "v6" : "v4"}`),
  };
}

/** A key's policy: its name without epoch and age. */
function policyOf(key: string): string {
  return key.replace(/_e\d+_\w+$/, "");
}

/** Names of the organisation's database groups. */
export async function groupsOf(outside: Outsider): Promise<string[]> {
  const { groups } = await outside.turso<{ groups: { name: string }[] }>("GET", "/groups");
  return groups.map(({ name }) => name);
}
