import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";

import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { schemaErrors } from "../../tenants/schemas/errors.ts";
import type { Call, ResourceType } from "../plugin/resource-type.ts";
import type { SchemaHalt } from "../schema-halt.ts";
import { appName } from "./app.ts";
import type { FlyClient } from "./client.ts";
import { machineConfig } from "./machine-config.ts";
import { runOnce } from "./one-off-machine.ts";
import type { OwnApps } from "./own-apps.ts";
import type { PaceOf } from "./ring-pace.ts";

const inputs = z.strictObject({
  tenant: z
    .string()
    .min(1)
    .describe("The tenant's id. Changing it replaces the migrator. Default: the start of the resource's name."),
  app: appName.describe(
    "Name of the tenant's app, in which the machine is created. Changing it replaces the migrator.",
  ),
  dbId: z
    .string()
    .min(1)
    .describe(
      "Id of the database: a recreated database has no migrations. Changing it replaces the migrator, which runs it.",
    ),
  image: z.string().min(1).describe("The tenant's image, in which the command runs. Changed in place, by running it."),
  command: z.array(z.string()).min(1).describe("The command and its arguments. Changed in place, by running it."),
  version: z
    .int()
    .min(0)
    .describe("Value of `SCHEMA_VERSION` for the command. Changed in place, by running it. 0 disables it."),
  region: z.string().describe("Fly region of the machine. A change of it alone runs nothing."),
  guest: machineConfig.shape.guest.describe("Size of the machine. A change of it alone runs nothing."),
  env: z
    .record(z.string(), z.string())
    .describe("Environment variables of the command, no secrets. A change of it alone runs nothing."),
  secretsVersion: z
    .int()
    .min(0)
    .optional()
    .describe(
      "Minimum `version` of the app's secrets for the command, which contain the database's token. A change of it alone runs nothing.",
    ),
  order: z
    .enum(["schema-first", "image-first"])
    .default("schema-first")
    .describe("Whether the command runs before the machine is changed or after. Default: schema-first. In place."),
  closed: z
    .boolean()
    .default(false)
    .describe("The tenant is suspended, so nothing runs until it is resumed. Default: false. Changed in place."),
});

/** Inputs of `tenantry:fly:Migrator`; docs/resources.md describes each. */
export type MigratorInputs = z.infer<typeof inputs>;

/** Outputs of `tenantry:fly:Migrator`. */
export interface MigratorState {
  /** When the command ended well, ISO 8601; empty: it was not run yet, for the tenant is closed or the version is 0. */
  readonly finished: string;
}

interface Parts {
  readonly client: FlyClient;
  readonly apps: OwnApps;
  readonly halt: SchemaHalt;
  readonly paceOf: PaceOf;
}

/**
 * `tenantry:fly:Migrator`: the app's own migrator, a command that is run in a one-off machine of the tenant's app with the app's
 * secrets. Its id is the app's name; it cannot be imported.
 *
 * There is no ledger of ours: what is known is what was run last, and that it ended with 0. It is run again when command, image,
 * version or database is another; while none of them is, `check` keeps all that it was run with, so that nothing shows in a
 * plan. A command that was broken off is run again, so it has to be one that can be repeated.
 */
export function migratorType(parts: Parts): ResourceType<MigratorInputs, MigratorState> {
  return {
    token: "tenantry:fly:Migrator",
    inputs,
    replaceOn: ["tenant", "app", "dbId"],
    outputs: ["finished"],
    check: asItRan,
    foresee: (news, known) => (known !== undefined && isSameRun(news, known.inputs) ? known.state : {}),
    async create(news, call) {
      return { id: news.app, state: await run(parts, news, call) };
    },
    read(id, known) {
      if (known === undefined) throw new TenantryError(schemaErrors.SCHEMA_MIGRATOR_IMPORT, `migrator of app ${id}`);
      return Promise.resolve({ id, ...known });
    },
    async update(_id, known, news, call) {
      return isSameRun(news, known.inputs) ? known.state : run(parts, news, call);
    },
    delete: () => Promise.resolve(),
  };
}

function asItRan(news: MigratorInputs, olds: MigratorInputs | undefined): MigratorInputs {
  const { order, closed } = news;
  if (olds === undefined) return closed ? { ...news, version: 0 } : news;
  return closed || isSameRun(news, olds) ? { ...olds, order, closed } : news;
}

function isSameRun(one: MigratorInputs, other: MigratorInputs): boolean {
  const of = ({ tenant, app, dbId, image, command, version }: MigratorInputs) => [
    ...[tenant, app, dbId],
    ...(version === 0 ? [0] : [version, image, command]),
  ];
  return isDeepStrictEqual(of(one), of(other));
}

/** What tells one run of a migrator from every other. Pure. */
export function migratorKey({
  dbId,
  image,
  command,
  version,
}: Pick<MigratorInputs, "dbId" | "image" | "command" | "version">): string {
  return createHash("sha256")
    .update(JSON.stringify([dbId, image, command, version]))
    .digest("hex");
}

async function run({ client, apps, halt, paceOf }: Parts, news: MigratorInputs, call: Call): Promise<MigratorState> {
  const { tenant, app, region, image, guest, env, command, version, closed, secretsVersion } = news;
  if (closed || version === 0) return { finished: "" };
  await apps.require(news, call);
  const serving = { tenant, signal: call.signal };
  const secrets = { version: secretsVersion };
  const order = { owner: call.owner(tenant), app, region, image, guest, env, command, secrets, key: migratorKey(news) };
  await halt.guard(await paceOf(call.stack, tenant), serving, async () => {
    const { exitCode, lastLines } = await runOnce(client, order, serving);
    if (exitCode !== 0) throw migratorFailed(exitCode, lastLines, tenant);
  });
  return { finished: call.clock().toISOString() };
}

/** What a migrator's own words were, without secrets. */
export function migratorFailed(exitCode: number, lastLines: string, tenant: string): TenantryError {
  const said = lastLines === "" ? "it printed nothing" : `its last lines:\n${lastLines}`;
  return new TenantryError(schemaErrors.SCHEMA_MIGRATOR_FAILED, `exit code ${exitCode}; ${said}`, { tenant });
}
