import { Command, Option } from "commander";

import { openStack } from "./stack-context.ts";
import { stackOption } from "./options.ts";
import { standingTenants, storedResources } from "./stack-state.ts";
import { plainEnvironment, secretEnvironment } from "./tenant-environment.ts";
import { paint, printLine } from "./terminal.ts";

/** `tenantry demo`: writes and reads one file and one row with a tenant's own credentials, nothing else. */
export function command(): Command {
  return new Command("demo")
    .description(
      "Write a file to a tenant's bucket and a row to its database, with the tenant's own credentials, and read both.",
    )
    .addOption(stackOption())
    .addOption(new Option("--tenant <tenant>", "default: the first that has a database"))
    .action(demo);
}

async function demo({ stack, tenant }: { stack: string; tenant?: string }): Promise<void> {
  const context = openStack(stack);
  const [standing, resources] = await Promise.all([
    standingTenants(context),
    storedResources(context, { secrets: true }),
  ]);
  const id = tenant ?? [...standing].find(([, { databaseUrl }]) => databaseUrl !== undefined)?.[0];
  const record = id === undefined ? undefined : standing.get(id);
  if (id === undefined || record === undefined)
    throw new Error("no tenant with a database stands; run `npx tenantry up`");
  const environment = { ...plainEnvironment(record), ...secretEnvironment(id, resources) };
  const said = `hello from ${id}, ${new Date().toISOString()}`;
  const [file, row] = await Promise.all([writeFile(environment, said), writeRow(environment, said)]);
  printLine(`${paint("bold", id)}, with its own credentials:`);
  printLine(`  bucket    ${file}`);
  printLine(`  database  ${row}`);
}

type Environment = Readonly<Record<string, string>>;

function variable(environment: Environment, name: string): string {
  const value = environment[name];
  if (value === undefined) throw new Error(`the tenant has no ${name}`);
  return value;
}

async function writeFile(environment: Environment, said: string): Promise<string> {
  const { S3Client, PutObjectCommand, GetObjectCommand } = await import("@aws-sdk/client-s3");
  const client = new S3Client({
    endpoint: variable(environment, "AWS_ENDPOINT_URL_S3"),
    region: variable(environment, "AWS_REGION"),
    forcePathStyle: true,
    credentials: {
      accessKeyId: variable(environment, "AWS_ACCESS_KEY_ID"),
      secretAccessKey: variable(environment, "AWS_SECRET_ACCESS_KEY"),
    },
  });
  const place = { Bucket: variable(environment, "BUCKET_NAME"), Key: "hello.txt" };
  await client.send(new PutObjectCommand({ ...place, Body: said }));
  const { Body } = await client.send(new GetObjectCommand(place));
  client.destroy();
  return `${place.Bucket}/${place.Key}: ${(await Body?.transformToString()) ?? ""}`;
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
