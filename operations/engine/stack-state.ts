import * as z from "zod";

import type { StackContext } from "../../stack/context.ts";
import { TenantryError } from "../../errors/tenantry-error.ts";
import { engineErrors } from "./errors.ts";
import { pulumiOutput, refuseStackOfNewHome } from "./pulumi.ts";
import { keptDeployment } from "./state-file.ts";

/** With all that Pulumi writes of a resource: what is not named here counts too (operations/changed/state-digest.ts). */
const resourceSchema = z.looseObject({
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
  return (await (secrets ? exported(context, ["--show-secrets"]) : withoutSecrets(context))).resources;
}

/** What Pulumi keeps of a stack. */
export interface StackState {
  readonly resources: readonly StoredResource[];
  /** A run was interrupted: the state does not show the outcome. */
  readonly isBroken: boolean;
  /** What Pulumi keeps around them: which Pulumi wrote it, how secrets are encrypted. */
  readonly around?: Readonly<Record<string, unknown>>;
}

/** The stack's state, without secrets. */
export async function stackState(context: StackContext): Promise<StackState> {
  const { resources, pending_operations: pending, ...around } = await withoutSecrets(context);
  return { resources, isBroken: (pending ?? []).length > 0, around };
}

async function withoutSecrets(context: StackContext) {
  const kept = keptDeployment(context);
  const taken = kept === undefined ? undefined : deploymentSchema.safeParse(kept);
  // What is not as it should be Pulumi judges, in its own words.
  return taken?.success === true ? taken.data : exported(context, []);
}

async function exported(context: StackContext, options: readonly string[]) {
  refuseStackOfNewHome(context);
  return read(context, await pulumiOutput(context, ["stack", "export", ...options]), exportSchema).deployment;
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

const deploymentSchema = z.looseObject({
  resources: z.array(resourceSchema).default([]),
  pending_operations: z.array(z.unknown()).nullish(),
});
const exportSchema = z.object({ deployment: deploymentSchema });

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
