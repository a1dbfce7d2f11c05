import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { createClient } from "@libsql/client";
import { listAccessKeys, listPolicies, listPoliciesForAccessKey } from "@tigrisdata/iam";

import { openKeys } from "../../local/fly/keys.ts";
import { openSecrets } from "../../local/fly/sealed-secrets.ts";
import { openTables } from "../../local/fly/tables.ts";
import { openStore } from "../../local/store.ts";
import { askConsistently } from "../../provider/tigris/consistent.ts";
import type { TestCloud } from "../support/cloud.ts";
import { dataOf, iamFor, s3For } from "../local/tigris/clients.ts";

/** What exists at the vendors under one prefix, by their own listings: sorted names without the prefix, doubles included. */
export interface Estate {
  readonly buckets: readonly string[];
  /** `<bucket>_<purpose>_<mode> [<attached policies>]` */
  readonly keys: readonly string[];
  readonly policies: readonly string[];
  readonly groups: readonly string[];
  readonly databases: readonly string[];
  readonly apps: readonly string[];
  /** `<app> <state>` */
  readonly machines: readonly string[];
  /** `<app> <kind>` */
  readonly addresses: readonly string[];
}

export async function estateOf(cloud: TestCloud, prefix: string, stack = "local"): Promise<Estate> {
  const head = `${prefix}-${stack}-`;
  const own = (names: readonly string[]) =>
    names
      .filter((name) => name.includes(head))
      .map((name) => name.replaceAll(head, ""))
      .sort();
  const [bucketNames, keys, policies, turso, fly] = await Promise.all([
    bucketsOf(cloud),
    keysOf(cloud, head),
    policiesOf(cloud),
    tursoOf(cloud),
    flyOf(cloud, head),
  ]);
  return {
    buckets: own(bucketNames),
    keys: own(keys),
    policies: own(policies),
    groups: own(turso.groups),
    databases: own(turso.databases),
    apps: own(fly.apps),
    machines: own(fly.machines),
    addresses: own(fly.addresses),
  };
}

async function bucketsOf(cloud: TestCloud): Promise<string[]> {
  const client = s3For(cloud);
  const { ListBucketsCommand } = await import("@aws-sdk/client-s3");
  const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
  client.destroy();
  return Buckets.map(({ Name = "" }) => Name);
}

async function keysOf(cloud: TestCloud, head: string): Promise<string[]> {
  const config = iamFor(cloud);
  const found: { id: string; name: string }[] = [];
  let paginationToken: string | undefined;
  do {
    const page = dataOf(await listAccessKeys({ config, ...(paginationToken ? { paginationToken } : {}) }));
    found.push(...page.accessKeys.filter(({ name }) => name.includes(head)));
    paginationToken = page.paginationToken;
  } while (paginationToken !== undefined);
  return Promise.all(
    found.map(async ({ id, name }) => {
      const attached = dataOf(await listPoliciesForAccessKey(id, { config })).policies;
      return `${name.replace(/_e\d+_\w+$/, "")} [${attached.sort().join()}]`;
    }),
  );
}

async function policiesOf(cloud: TestCloud): Promise<string[]> {
  const config = iamFor(cloud);
  const names: string[] = [];
  let paginationToken: string | undefined;
  do {
    const page = dataOf(await listPolicies({ config, ...(paginationToken ? { paginationToken } : {}) }));
    names.push(...page.policies.map(({ name }) => name));
    paginationToken = page.paginationToken;
  } while (paginationToken !== undefined);
  return names;
}

/** What a vendor answers, once it does not say that too much is asked. */
async function answerOf<Body>(url: string, token: string): Promise<Body> {
  for (;;) {
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    if (response.status !== 429) return (await response.json()) as Body;
    await response.body?.cancel();
    await sleep(1000);
  }
}

async function tursoOf({ descriptor: { turso } }: TestCloud) {
  const ask = <Body>(path: string) =>
    answerOf<Body>(`${turso.endpoint}/v1/organizations/${turso.organization}/${path}`, turso.token);
  const [{ groups }, { databases }] = await Promise.all([
    ask<{ groups: { name: string }[] }>("groups"),
    ask<{ databases: { Name: string }[] }>("databases"),
  ]);
  return { groups: groups.map(({ name }) => name), databases: databases.map(({ Name }) => Name) };
}

async function flyOf({ descriptor: { fly } }: TestCloud, head: string) {
  const ask = <Body>(path: string) => answerOf<Body>(`${fly.endpoint}/v1/${path}`, fly.token);
  const all = (await ask<{ apps: { name: string }[] }>(`apps?org_slug=${fly.organization}`)).apps;
  const apps = all.map(({ name }) => name).filter((name) => name.startsWith(head));
  const parts = await Promise.all(
    apps.map(async (app) => {
      const [machines, { ips }] = await Promise.all([
        ask<{ state: string }[]>(`apps/${app}/machines`),
        ask<{ ips: { ip: string; shared?: boolean }[] }>(`apps/${app}/ip_assignments`),
      ]);
      return {
        machines: machines.map(({ state }) => `${app} ${state}`),
        addresses: ips.map(
          ({ ip, shared }) => `${app} ${shared === true ? "shared " : ""}${ip.includes(":") ? "v6" : "v4"}`,
        ),
      };
    }),
  );
  return {
    apps,
    machines: parts.flatMap(({ machines }) => machines),
    addresses: parts.flatMap(({ addresses }) => addresses),
  };
}

/** What a machine boots with: its plain environment and its secrets, opened as only the embedded Fly can. */
export type BootEnvironment = Readonly<Record<string, string>>;

/** The environment of every machine under a prefix, by its app's name. */
export function bootEnvironments(cloud: TestCloud, prefix: string, stack = "local"): Map<string, BootEnvironment> {
  const dir = join(cloud.home, "cloud", "fly");
  const store = openStore(join(dir, "store.db"));
  try {
    const keys = openKeys(join(dir, "keys"));
    const machines = openTables(store)
      .machines.entries()
      .map(([, machine]) => machine)
      .filter(({ appName, state }) => appName.startsWith(`${prefix}-${stack}-`) && state !== "destroyed");
    return new Map(
      machines.map(({ app, appName, config, secrets }) => [
        appName,
        { ...config.env, ...Object.fromEntries(openSecrets(keys, app, secrets.sealed)) },
      ]),
    );
  } finally {
    store.close();
  }
}

/** Writes and reads back a file and a row as the machine's app would. Throws when one of its credentials does not open. */
export async function exercise(cloud: TestCloud, env: BootEnvironment): Promise<void> {
  const key = { accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "", secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "" };
  const client = askConsistently(s3For(cloud, key));
  const file = { Bucket: env["BUCKET_NAME"], Key: "proof.txt" };
  await client.send(new PutObjectCommand({ ...file, Body: "it opens" }));
  await client.send(new GetObjectCommand(file));
  client.destroy();
  if (env["LIBSQL_URL"] === undefined) return;
  const database = createClient({ url: env["LIBSQL_URL"], authToken: env["DATABASE_AUTH_TOKEN"] ?? "" });
  await database.execute("CREATE TABLE IF NOT EXISTS proof (what TEXT)");
  await database.execute("INSERT INTO proof VALUES ('it opens')");
  database.close();
}
