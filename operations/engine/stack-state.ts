import * as z from "zod";

import { withoutSecrets } from "../../output/shown.ts";
import { refusedAsSecret } from "../../tenants/model/secret-likeness.ts";
import { BACKENDS } from "../../tenants/model/storage.ts";
import type { StackContext } from "../../stack/context.ts";
import { TenantryError } from "../../errors/tenantry-error.ts";
import { engineErrors } from "./errors.ts";
import { isUnmade, pulumiFailure, pulumiOutput, runPulumi } from "./pulumi.ts";

/** What a stack's outputs say of one tenant: see components/tenant-record.ts. */
const recordSchema = z.object({
  // Records of before there were other backends name none.
  backend: z.enum(BACKENDS).default("tigris"),
  bucket: z.string().optional(),
  endpoint: z.string().optional(),
  keyId: z.string().optional(),
  volume: z.string().optional(),
  kept: z.partialRecord(z.enum(BACKENDS), z.enum(["protected", "released"])).optional(),
  databaseUrl: z.string().optional(),
  app: z.string(),
  machineId: z.string(),
  state: z.string(),
  versions: z.object({ secrets: z.number().optional(), epoch: z.number() }),
  machine: z.object({
    region: z.string(),
    min_secrets_version: z.number().optional(),
    /** What a tenant file declares, and no more: a secret that came into a state otherwise ends here. */
    config: z
      .record(z.string(), z.unknown())
      .transform((config) => withoutSecrets(config, "", refusedAsSecret) as typeof config),
  }),
});

export type StandingTenant = z.infer<typeof recordSchema>;

/** The tenants that stand, by id, from the stack's outputs. Empty for a stack that was never brought up. */
export async function standingTenants(context: StackContext): Promise<ReadonlyMap<string, StandingTenant>> {
  const args = ["stack", "output", "--json"];
  const finished = await runPulumi(context, args);
  if (finished.code !== 0 && isUnmade(context, finished.code)) return new Map();
  if (finished.code !== 0) throw pulumiFailure(context, args, finished);
  const { fleet = {} } = read(context, finished.stdout, outputsSchema);
  // A tenant whose `up` failed half-way has an incomplete record; it does not stand.
  const complete = Object.entries(fleet).flatMap(([id, record]) => {
    const parsed = recordSchema.safeParse(record);
    return parsed.success ? [[id, parsed.data] as const] : [];
  });
  return new Map(complete);
}

const resourceSchema = z.object({
  urn: z.string(),
  type: z.string(),
  id: z.string().optional(),
  inputs: z.record(z.string(), z.unknown()).default({}),
  outputs: z.record(z.string(), z.unknown()).default({}),
  /** Already replaced, and deleted by the next `up`. */
  delete: z.boolean().optional(),
  /** Pulumi refuses to delete it. */
  protect: z.boolean().optional(),
});

export type StoredResource = z.infer<typeof resourceSchema>;

/** All resources in the stack's state. With `secrets` their values are in clear: never print what this returns. */
export async function storedResources(
  context: StackContext,
  { secrets }: { secrets: boolean },
): Promise<StoredResource[]> {
  const text = await pulumiOutput(context, ["stack", "export", ...(secrets ? ["--show-secrets"] : [])]);
  return read(context, text, exportSchema).deployment.resources;
}

/** All resources in the stack's state, without secrets; none of a stack that was never brought up. */
export async function resourcesIfMade(context: StackContext): Promise<StoredResource[]> {
  try {
    return await storedResources(context, { secrets: false });
  } catch (error) {
    if (TenantryError.is(error, engineErrors.STACK_NOT_MADE)) return [];
    throw error;
  }
}

const outputsSchema = z.object({ fleet: z.record(z.string(), z.unknown()).optional() });
const exportSchema = z.object({ deployment: z.object({ resources: z.array(resourceSchema).default([]) }) });

/** Without the cause: a parser quotes what it reads, and a state may have been read with its secrets. Throws STATE_DAMAGED. */
function read<Schema extends z.ZodType>({ stack }: StackContext, text: string, schema: Schema): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new TenantryError(engineErrors.STATE_DAMAGED, `the state of ${stack} is not what Pulumi writes`);
  }
}

/** A value of a state that was read with its secrets, in clear: `--show-secrets` prints a secret's JSON text. */
export function inClear(value: unknown): unknown {
  return typeof value === "object" && value !== null && "plaintext" in value && typeof value.plaintext === "string"
    ? JSON.parse(value.plaintext)
    : value;
}
