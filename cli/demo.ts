import { Command, Option } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { shownWords } from "../output/shown.ts";
import { cliErrors } from "./errors.ts";
import { type NoteSeen, noteThroughApp } from "../operations/machines/note-through-app.ts";
import { urlsOf } from "../operations/machines/urls.ts";
import { ownSettings } from "../provider/tigris/own-settings.ts";
import { existing } from "../operations/engine/named-tenant.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import { jsonOption, stackOption } from "./options.ts";
import { type RecordedTenant, recordedTenants } from "../operations/engine/recorded-tenants.ts";
import { storedResources } from "../operations/engine/stack-state.ts";
import { plainEnvironment, secretEnvironment } from "../operations/engine/tenant-environment.ts";
import { printable } from "../output/printable.ts";
import { during } from "../output/progress.ts";
import { paint, printJson, printLine } from "../output/terminal.ts";

/** `tenantry demo`: writes and reads one file, one row and, where machines run, one note; with a tenant's own credentials, nothing else. */
export function command(): Command {
  return new Command("demo")
    .description(
      "Write a file to a tenant's bucket, a row to its database and a note through its app, and read them back.",
    )
    .addOption(stackOption())
    .addOption(new Option("--tenant <tenant>", "default: the first tenant with a bucket and a database"))
    .addOption(jsonOption())
    .action(demo);
}

/** What was written and found again. */
interface Demonstrated {
  readonly tenant: string;
  readonly bucket: string;
  readonly database: string;
  /** Why no note went through the app, where none did. */
  readonly app: NoteSeen | string;
}

async function demo({ stack, tenant, json }: { stack: string; tenant?: string; json?: boolean }): Promise<void> {
  const context = openStack(stack);
  const found = await during(`demonstration on ${stack}`, () => demonstrated(context, tenant));
  if (json === true) printJson(found);
  else print(found);
}

/** Writes and finds again, with what `tenant` has; of the first that can show it when none is named. Throws DEMO_IMPOSSIBLE, DEMO_FAILED. */
export async function demonstrated(context: StackContext, tenant: string | undefined): Promise<Demonstrated> {
  const [recorded, resources] = await Promise.all([
    recordedTenants(context),
    storedResources(context, { secrets: true }),
  ]);
  if (tenant !== undefined) existing(context, recorded, tenant);
  const [id, record] = demoTenant(recorded, tenant, context.stack);
  const environment = { ...plainEnvironment(record), ...secretEnvironment(id, resources) };
  const said = `hello from ${id}, ${new Date().toISOString()}`;
  const [bucket, database] = await Promise.all([writeFile(environment, said), writeRow(environment, said)]).catch(
    failed(id),
  );
  const urls = await urlsOf(
    context,
    new Map([...recorded].filter(([, { state, machine }]) => state === "active" && keepsNotes(machine.config))),
  );
  const app = urls.has(id)
    ? await noteOf(id, urls, (key) => readFile(environment, key)).catch(failed(id))
    : `none to be reached: ${context.settings.cloud === "embedded" ? "`npx tenantry cloud status` says why" : "it has no public address"}`;
  return { tenant: id, bucket, database, app };
}

function print({ tenant, bucket, database, app }: Demonstrated): void {
  printLine(`${paint("bold", tenant)}, with its own credentials:`);
  printLine(`  bucket    ${printable(bucket)}`);
  printLine(`  database  ${printable(database)}`);
  if (typeof app === "string") {
    printLine(`  app       ${app}`);
    return;
  }
  const { writtenAt, inBucket, found, absentAt } = app;
  const lastLine = inBucket.trimEnd().split("\n").at(-1) ?? "";
  printLine(`${paint("bold", tenant)}, through its app:`);
  printLine(`  note      ${printable(writtenAt)}`);
  printLine(`  bucket    its file, ${inBucket.length} bytes, ends with: ${printable(lastLine)}`);
  printLine(`  search    finds ${found}`);
  printLine(`  absent    at ${absentAt.join(", ")}`);
}

/**
 * The tenant to show it with: the named one, else the first that is active and has bucket and database. Throws DEMO_IMPOSSIBLE
 * with what is in the way and what to do about it. Pure.
 */
export function demoTenant(
  recorded: ReadonlyMap<string, RecordedTenant>,
  named: string | undefined,
  stack: string,
): [id: string, record: RecordedTenant] {
  const usable = [...recorded].filter(([, record]) => obstacleTo(record) === undefined);
  const found = named === undefined ? usable[0] : ([named, recorded.get(named)] as const);
  const [id, record] = found ?? [];
  if (id === undefined || record === undefined)
    throw new TenantryError(
      cliErrors.DEMO_IMPOSSIBLE,
      `no tenant of ${stack} is active and has a bucket and a database`,
    );
  const obstacle = obstacleTo(record);
  if (obstacle === undefined) return [id, record];
  const file = `tenants/${stack}/${id}.yaml`;
  const [other] = usable[0] ?? [];
  const instead =
    other === undefined ? "" : ` Or take another: \`npx tenantry demo --stack ${stack} --tenant ${other}\`.`;
  const { what, change } = obstacle;
  const wake = `${change} in ${file} and run \`npx tenantry up --stack ${stack}\`.`;
  throw new TenantryError(cliErrors.DEMO_IMPOSSIBLE, `${id} ${what}`, { tenant: id, next: `${wake}${instead}` });
}

/** Why a tenant can't show it, and which change of its file would help. */
function obstacleTo(record: RecordedTenant): { what: string; change: string } | undefined {
  const { state, bucket, databaseUrl } = record;
  if (state !== "active") return { what: `is ${state}: its keys open nothing`, change: "Set `state: active`" };
  if (bucket === undefined)
    return {
      what: "keeps its files on a volume, which only its machine reaches",
      change: "Choose a bucket as `storage.backend`",
    };
  if (databaseUrl === undefined) return { what: "has no database", change: "Set `database: { engine: turso }`" };
  return undefined;
}

/** What the clients of storage and database throw has no code of ours. */
function failed(tenant: string): (cause: unknown) => never {
  return (cause) => {
    if (cause instanceof TenantryError) throw cause;
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new TenantryError(cliErrors.DEMO_FAILED, shownWords(words), { tenant, cause });
  };
}

/** Only the reference app knows notes. */
function keepsNotes(config: RecordedTenant["machine"]["config"]): boolean {
  return /\/reference-app(?:[:@]|$)/.test(String(config["image"]));
}

async function noteOf(
  id: string,
  urls: ReadonlyMap<string, string>,
  readObject: (key: string) => Promise<string>,
): Promise<NoteSeen> {
  const note = await noteThroughApp(id, urls, readObject);
  if (note.seenBy.length > 0)
    throw new TenantryError(cliErrors.DEMO_FAILED, `the note of ${id} is visible at ${note.seenBy.join(", ")}`);
  return note;
}

type Environment = Readonly<Record<string, string>>;

function variable(environment: Environment, name: string): string {
  const value = environment[name];
  if (value === undefined) throw new TenantryError(cliErrors.DEMO_FAILED, `the tenant has no ${name}`);
  return value;
}

async function s3(environment: Environment) {
  const { S3Client } = await import("@aws-sdk/client-s3");
  return new S3Client({
    ...ownSettings({
      endpoint: variable(environment, "AWS_ENDPOINT_URL_S3"),
      pathStyle: environment["S3_PATH_STYLE"] === "true",
    }),
    region: variable(environment, "AWS_REGION"),
    credentials: {
      accessKeyId: variable(environment, "AWS_ACCESS_KEY_ID"),
      secretAccessKey: variable(environment, "AWS_SECRET_ACCESS_KEY"),
    },
  });
}

async function writeFile(environment: Environment, said: string): Promise<string> {
  const { PutObjectCommand } = await import("@aws-sdk/client-s3");
  const client = await s3(environment);
  const place = { Bucket: variable(environment, "BUCKET_NAME"), Key: "hello.txt" };
  await client.send(new PutObjectCommand({ ...place, Body: said }));
  client.destroy();
  return `${place.Bucket}/${place.Key}: ${await readFile(environment, place.Key)}`;
}

async function readFile(environment: Environment, key: string): Promise<string> {
  const { GetObjectCommand } = await import("@aws-sdk/client-s3");
  const client = await s3(environment);
  const { Body } = await client.send(new GetObjectCommand({ Bucket: variable(environment, "BUCKET_NAME"), Key: key }));
  const text = await Body?.transformToString();
  client.destroy();
  return text ?? "";
}

async function writeRow(environment: Environment, said: string): Promise<string> {
  const { createClient } = await import("@libsql/client");
  const url = variable(environment, "LIBSQL_URL");
  const client = createClient({ url, authToken: variable(environment, "DATABASE_AUTH_TOKEN") });
  await client.execute("CREATE TABLE IF NOT EXISTS hello (said TEXT)");
  await client.execute({ sql: "INSERT INTO hello VALUES (?)", args: [said] });
  const { rows } = await client.execute("SELECT said, count(*) OVER () AS n FROM hello ORDER BY rowid DESC LIMIT 1");
  client.close();
  const [row] = rows as unknown as { said: string; n: number }[];
  return `${url}: ${row?.said ?? "nothing"} (row ${row?.n ?? 0})`;
}
