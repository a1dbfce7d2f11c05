import { closeSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import type { StackContext } from "../../stack/context.ts";
import { engineErrors } from "./errors.ts";

const HEAD_BYTES = 4096;

/** The beginning of what Pulumi's file backend keeps of a stack (sdk/go/common/apitype/core.go, CheckpointV3). */
const checkpoint = z.object({ version: z.int(), checkpoint: z.object({ stack: z.string() }) });
const whole = z.object({
  version: z.int(),
  checkpoint: z.object({ stack: z.string(), latest: z.record(z.string(), z.unknown()) }),
});

/**
 * Throws STATE_DAMAGED where the state of an embedded stack is there and is not this stack's whole document. Pulumi would take
 * `{}` for a stack that holds nothing, and another stack's resources for ours. Of a stack on real accounts Pulumi's backend
 * judges.
 */
export function refuseDamagedState(context: StackContext): void {
  const { stack, settings } = context;
  if (settings.cloud !== "embedded") return;
  const path = pathOf(context);
  const name = `organization/tenantry/${stack}`;
  // A state may be tens of megabytes, and Pulumi reads it to its end anyhow.
  if (headOf(path)?.includes(`"stack":"${name}"`) ?? true) return;
  const owner = ownerOf(path);
  if (owner === name) return;
  throw damagedState(context, owner === undefined ? `${path} is not what Pulumi writes` : `${path} is of ${owner}`);
}

/**
 * Takes away what Pulumi notes beside the state of an embedded stack (its type, its MD5) where that was cut off by a kill or a
 * full disk: Pulumi then reads no state at all ("failed to load checkpoint: EOF"), and without the note it reads it well.
 * Nothing of the state is in it.
 */
export function dropCutNotes(context: StackContext): void {
  if (context.settings.cloud !== "embedded") return;
  for (const file of ["", ".bak"].map((end) => `${pathOf(context)}${end}.attrs`)) {
    try {
      JSON.parse(readFileSync(file, "utf8"));
    } catch (error) {
      if (error instanceof SyntaxError) rmSync(file, { force: true });
    }
  }
}

/**
 * What `pulumi stack export` would print as the deployment of an embedded stack, secrets encrypted: Pulumi copies it from
 * this file. A start of Pulumi costs ten times as much as all else that a verb does that only reads. Undefined where Pulumi
 * has to be asked: of a stack on real accounts, of one that was never brought up, and of a file that is not as it should be.
 */
export function keptDeployment(context: StackContext): unknown {
  if (context.settings.cloud !== "embedded") return undefined;
  try {
    const { version, checkpoint: kept } = whole.parse(JSON.parse(readFileSync(pathOf(context), "utf8")));
    return version === 3 && kept.stack === `organization/tenantry/${context.stack}` ? kept.latest : undefined;
  } catch {
    return undefined;
  }
}

function pathOf({ home, stack }: StackContext): string {
  return join(home, "state/.pulumi/stacks/tenantry", `${stack}.json`);
}

/** The error for an unusable state, with advice for its backend. */
export function damagedState({ home, stack, settings }: StackContext, what: string): TenantryError {
  const copies = join(home, "state/.pulumi/backups/tenantry", stack);
  const next =
    settings.cloud === "embedded"
      ? `Copy the newest good file of ${copies} over it. If there is none, delete it: \`npx tenantry up --stack ${stack}\` finds everything again and creates new keys.`
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
