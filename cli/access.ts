import { Command, Option } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { withAccess, withoutAccess } from "../tenants/edits/access-text.ts";
import type { Tenant } from "../tenants/model/tenant.ts";
import { editTenantFile } from "../tenants/edits/edit-tenant-file.ts";
import { filesErrors } from "../operations/files/errors.ts";
import { KEY_FORMS, type KeyForm } from "../operations/files/key-forms.ts";
import { openBucketAccess } from "../operations/files/bucket-access.ts";
import { type AccessStanding, accessStandings, bucketInUse, personalKeys } from "../operations/files/personal-keys.ts";
import type { Mode } from "../operations/files/backend-keys/backend-keys.ts";
import { jsonOption, stackOption } from "./options.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import { storedResources } from "../operations/engine/stack-state.ts";
import { declaredTenant } from "../operations/engine/named-tenant.ts";
import { refuseSecretIntoPipe, writeSecretFile } from "../output/written-file.ts";
import { paint, printJson, printLine, table } from "../output/terminal.ts";

/** `tenantry access TENANT`: keys for people's computers. */
export function command(): Command {
  return new Command("access")
    .description("Keys for people's computers: list them, add one, show one's own, take one away.")
    .argument("<tenant>")
    .addOption(new Option("--name <name>", "whose key: alice-laptop; a new name is added to the tenant file"))
    .addOption(
      new Option("--mode <mode>", "what a new key may do (default: read-only)").choices(["read-only", "read-write"]),
    )
    .addOption(new Option("--as <form>", "write the key with its secret").choices(Object.keys(KEY_FORMS)))
    .addOption(new Option("--out <file>", "where to: a new file that only you can read; default: the terminal"))
    .addOption(new Option("--revoke", "take the entry out of the tenant file; the next up deletes the key"))
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(access);
}

interface AccessOptions {
  readonly stack: string;
  readonly name?: string;
  readonly mode?: Mode;
  readonly as?: KeyForm;
  readonly out?: string;
  readonly revoke?: boolean;
  readonly json?: boolean;
}

async function access(id: string, options: AccessOptions): Promise<void> {
  const context = openStack(options.stack);
  const tenant = declaredTenant(context, id);
  const { name } = options;
  if (name === undefined) {
    if (options.as !== undefined || options.revoke === true) throw nameNeeded(tenant);
    const standings = await standingsOf(context, tenant);
    if (standings.length === 0) bucketInUse(tenant);
    show(standings, options);
    return;
  }
  bucketInUse(tenant);
  const entry = tenant.access.find((each) => each.name === name);
  if (entry === undefined && (options.revoke === true || options.as !== undefined))
    throw new TenantryError(filesErrors.ACCESS_UNKNOWN, `no entry ${name}`, { tenant: id });
  if (options.revoke === true) {
    editTenantFile(context, id, (text) => withoutAccess(text, name));
    said(options, `${name} is taken out; \`npx tenantry up --stack ${context.stack}\` deletes the key`);
  } else if (entry === undefined) {
    editTenantFile(context, id, (text) => withAccess(text, { name, mode: options.mode ?? "read-only" }));
    said(options, `${name} is added; \`npx tenantry up --stack ${context.stack}\` makes the key`);
  } else {
    if (options.mode !== undefined && options.mode !== entry.mode) throw modeDiffers(tenant, name, entry.mode);
    await showOne(context, tenant, name, options);
  }
}

async function standingsOf(context: StackContext, tenant: Tenant): Promise<AccessStanding[]> {
  return accessStandings(tenant, personalKeys(tenant.id, await storedResources(context, { secrets: true })));
}

async function showOne(context: StackContext, tenant: Tenant, name: string, options: AccessOptions): Promise<void> {
  if (options.as === undefined) {
    show(
      (await standingsOf(context, tenant)).filter((each) => each.name === name),
      options,
    );
    return;
  }
  refuseSecretIntoPipe(options.out, tenant.id);
  const text = KEY_FORMS[options.as](await openBucketAccess(context, tenant.id, name));
  if (options.out === undefined) process.stdout.write(text);
  else writeSecretFile(options.out, text);
}

function said({ json }: AccessOptions, line: string): void {
  if (json === true) printJson({ done: line });
  else printLine(line);
}

function show(standings: readonly AccessStanding[], { json }: AccessOptions): void {
  if (json === true) {
    printJson(standings);
    return;
  }
  if (standings.length === 0) {
    printLine("nobody has access from a computer; --name <name> adds somebody");
    return;
  }
  const rows = standings.map(({ name, mode, backend, key, state }) => {
    const colour = state === "ready" ? "green" : "yellow";
    return [name, mode, paint(colour, state), key?.keyId ?? "", dayOf(key?.issued), dueOf(key), backend];
  });
  printLine(table(["name", "mode", "state", "key", "issued", "replaced by up from", "bucket at"], rows));
}

function dayOf(time: string | undefined): string {
  return time?.slice(0, 10) ?? "";
}

/** A key that does not age is replaced for an incident alone. */
function dueOf(key: AccessStanding["key"]): string {
  return key?.due === null ? "a new rotation.epoch" : dayOf(key?.due);
}

function nameNeeded({ id, access }: Tenant): TenantryError {
  const names = access.map(({ name }) => name).join(", ");
  return new TenantryError(filesErrors.ACCESS_NAME_NEEDED, `whose key is meant? there is ${names || "none"}`, {
    tenant: id,
  });
}

function modeDiffers({ id }: Tenant, name: string, mode: Mode): TenantryError {
  return new TenantryError(filesErrors.ACCESS_MODE_DIFFERS, `${name} is ${mode}`, { tenant: id });
}
