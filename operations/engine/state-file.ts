import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import type { StackContext } from "../../stack/context.ts";
import { engineErrors } from "./errors.ts";

const HEAD_BYTES = 4096;

/** The beginning of what Pulumi's file backend keeps of a stack (sdk/go/common/apitype/core.go, CheckpointV3). */
const checkpoint = z.object({ version: z.int(), checkpoint: z.object({ stack: z.string() }) });

/**
 * Throws STATE_DAMAGED where the state of an embedded stack is there and is not this stack's whole document. Pulumi would take
 * `{}` for a stack that holds nothing, and another stack's resources for ours. Of a stack on real accounts Pulumi's backend
 * judges.
 */
export function refuseDamagedState(context: StackContext): void {
  const { home, stack, settings } = context;
  if (settings.cloud !== "embedded") return;
  const path = join(home, "state/.pulumi/stacks/tenantry", `${stack}.json`);
  const name = `organization/tenantry/${stack}`;
  // A state may be tens of megabytes, and Pulumi reads it to its end anyhow.
  if (headOf(path)?.includes(`"stack":"${name}"`) ?? true) return;
  const owner = ownerOf(path);
  if (owner === name) return;
  throw damagedState(context, owner === undefined ? `${path} is not what Pulumi writes` : `${path} is of ${owner}`);
}

/** The error of a state that cannot be used, with what to do about it where it lies. */
export function damagedState({ home, stack, settings }: StackContext, what: string): TenantryError {
  const copies = join(home, "state/.pulumi/backups/tenantry", stack);
  const next =
    settings.cloud === "embedded"
      ? `Copy the newest good file of ${copies} over it. Without one delete it, and \`npx tenantry up --stack ${stack}\` finds everything again and makes new keys.`
      : undefined;
  return new TenantryError(engineErrors.STATE_DAMAGED, what, { next });
}

/** Without the blanks that a tool may have put in. Undefined: there is no such file. */
function headOf(path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.toString("utf8", 0, readSync(file, head)).replaceAll(/\s/g, "");
  } finally {
    closeSync(file);
  }
}

/** The stack that a file says it is of; undefined: it is no state. */
function ownerOf(path: string): string | undefined {
  try {
    return checkpoint.parse(JSON.parse(readFileSync(path, "utf8"))).checkpoint.stack;
  } catch {
    return undefined;
  }
}
