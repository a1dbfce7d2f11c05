// `node script.ts up|drift|destroy [AT_A_TIME]`: what tenantry's provider does for the tenants of this folder, call for call,
// without Pulumi: no engine, no program, no plan. What it has made it writes down once, at its end.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";

import { machineConfig } from "../../components/machine-config.ts";
import type { Properties } from "../../provider/plugin/wire.ts";
import { ProviderService } from "../../provider/plugin/service.ts";
import { typesOf } from "../../provider/types.ts";
import { accountsOf } from "../../stack/accounts.ts";
import { openStack } from "../../stack/context.ts";
import { namesAtVendors } from "../../stack/names-at-vendors.ts";
import { loadFleet } from "../../tenants/load-fleet.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { groupName, networkName } from "../../tenants/physical-name.ts";

interface Made {
  readonly id: string;
  readonly inputs: Properties;
  readonly properties: Properties;
}

const STATE = "script-state.json";
/** What uses the others goes first. */
const USERS = ["fly:Machine", "fly:Secrets", "fly:IpAssignment", "fly:App", "turso:DatabaseToken", "tigris:AccessKey"];
const [verb, atATime = String(4 * availableParallelism())] = process.argv.slice(2);
const context = openStack("local");
const { settings, home, projectDir, stack } = context;
const accounts = accountsOf(settings, home, process.env);
const service = new ProviderService(
  () => new Date(),
  () => undefined,
);
service.configure(typesOf(settings, accounts, { projectDir }));
const made: Record<string, Made> = existsSync(STATE) ? (JSON.parse(readFileSync(STATE, "utf8")) as never) : {};
const turn = turns(Number(atATime));

if (verb === "up") await up();
else if (verb === "drift") await drift();
else await destroy();
writeFileSync(STATE, JSON.stringify(made));

/** As many resources at a time as Pulumi takes, each when what it needs is there. */
async function up(): Promise<void> {
  const groups = new Map<string, Promise<Made>>();
  const group = (location: string) => {
    const name = groupName({ ...settings, stack, location });
    const found = groups.get(location) ?? make("turso:Group", location, { name, location, deleteProtection: false });
    groups.set(location, found);
    return found.then(() => name);
  };
  await Promise.all(loadFleet("tenants", stack).tenants.map((tenant) => bringUp(tenant, group)));
}

async function bringUp(declared: Tenant, group: (location: string) => Promise<string>): Promise<void> {
  const { id, storage, database, machine, rotation } = declared;
  if (storage.backend !== "tigris" || database.engine !== "turso") throw new Error(`${id} is another kind of tenant`);
  const names = namesAtVendors(context, id);
  const { locations, snapshots, softDeleteDays } = storage;
  await make("tigris:Bucket", id, { tenant: id, name: names.bucket, locations, snapshots, softDeleteDays });
  const network = networkName({ app: names.app, fleetId: settings.fleetId, stack, tenant: id });
  const app = { tenant: id, app: names.app };
  const claim = names.bucket;
  const grant = { tenant: id, purpose: "machine", mode: "read-write", epoch: rotation.epoch };
  const [key, [db, token]] = await Promise.all([
    make("tigris:AccessKey", id, { ...grant, bucket: claim, rotation: rotation.keys }),
    madeDatabase(id, { tenant: id, claim, name: names.database, group: await group(database.location) }, async (dbId) =>
      make("turso:DatabaseToken", id, { ...grant, database: names.database, dbId, rotation: rotation.tokens }),
    ),
    make("fly:App", id, { tenant: id, claim, name: names.app, organization: settings.flyOrganization, network }),
  ]);
  const url = `http://${String(db.properties["hostname"])}`;
  const values = {
    AWS_ACCESS_KEY_ID: key.id,
    AWS_SECRET_ACCESS_KEY: key.properties["secretAccessKey"],
    DATABASE_AUTH_TOKEN: token.properties["token"],
  };
  const templates = { DATABASE_URL: `${url}?authToken={DATABASE_AUTH_TOKEN}` };
  const [secrets] = await Promise.all([
    make("fly:Secrets", id, { ...app, values, templates }),
    make("fly:IpAssignment", id, { ...app, ingress: machine.ingress }),
  ]);
  const attachment = { bucket: claim, endpoint: accounts.tigris.machineEndpoint, region: "auto", pathStyle: false };
  const config = machineConfig(declared, { stack, attachment, databaseUrl: url }) as unknown as Properties;
  const secretsVersion = secrets.properties["version"];
  await make("fly:Machine", id, { ...app, region: machine.region, config, secretsVersion });
}

async function madeDatabase(
  id: string,
  inputs: Properties,
  mint: (dbId: unknown) => Promise<Made>,
): Promise<readonly [Made, Made]> {
  const database = await make("turso:Database", id, { ...inputs, deleteProtection: true, tokenEpoch: 1 });
  return [database, await mint(database.properties["dbId"])];
}

/** Makes what is not there yet, and answers it. */
async function make(type: string, name: string, news: Properties): Promise<Made> {
  const urn = `urn:pulumi:${stack}::tenantry::tenantry:${type}::${name}`;
  const known = made[urn];
  if (known !== undefined) return known;
  return turn(async () => {
    const { inputs, faults } = await service.check(urn, undefined, news);
    if (faults.length > 0) throw new Error(`${urn}: ${JSON.stringify(faults)}`);
    return (made[urn] = { inputs, ...(await service.create(urn, inputs, false)) });
  });
}

async function drift(): Promise<void> {
  const read = async ([urn, { id, inputs, properties }]: [string, Made]) => {
    if ((await service.read(urn, id, { inputs, state: properties })) === undefined) throw new Error(`${urn} is gone`);
  };
  await Promise.all(Object.entries(made).map((each) => turn(() => read(each))));
}

/** A database gives up its protection before it goes, a bucket is declared to go. */
async function destroy(): Promise<void> {
  for (const type of [...USERS, "turso:Database", "tigris:Bucket", "turso:Group"]) {
    const those = Object.entries(made).filter(([urn]) => urn.includes(`:${type}::`));
    await Promise.all(those.map(([urn, each]) => turn(() => remove(type, urn, each))));
  }
}

async function remove(type: string, urn: string, { id, inputs, properties: state }: Made): Promise<void> {
  const going = {
    ...inputs,
    ...(type === "turso:Database" ? { deleteProtection: false } : {}),
    ...(type === "tigris:Bucket" ? { deletable: true } : {}),
  };
  if (type === "turso:Database") await service.update(urn, id, { inputs, state }, going, false);
  await service.delete(urn, id, { inputs: going, state });
  Reflect.deleteProperty(made, urn);
}

/** Lets so many work at a time. */
function turns(most: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let free = most;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
