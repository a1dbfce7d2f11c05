import { Command, Option } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { withAccess, withoutAccess } from "../tenants/edits/access-text.ts";
import type { Tenant } from "../tenants/model/tenant.ts";
import { editTenantFile } from "../tenants/edits/edit-tenant-file.ts";
import { filesErrors } from "../operations/files/errors.ts";
import { KEY_FORMS, type KeyForm } from "../operations/files/key-forms.ts";
import { openBucketAccess } from "../operations/files/bucket-access.ts";
import { type PersonalAccess, personalAccess, bucketInUse, personalKeys } from "../operations/files/personal-keys.ts";
import type { Mode, PersonalKey } from "../operations/files/backend-keys/backend-keys.ts";
import { jsonOption, stackOption, wideOption } from "./options.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import { storedResources } from "../operations/engine/stack-state.ts";
import { declaredTenant } from "../operations/engine/named-tenant.ts";
import { refuseSecretIntoPipe, writeOwnFile } from "../output/written-file.ts";
import { type Column, columnTable, terminalWidth } from "../output/columns.ts";
import { during } from "../output/progress.ts";
import { relativeTime } from "../output/relative-time.ts";
import { inColour, STATE_WORDS } from "../output/state-words.ts";
import { note, printJson, printLine } from "../output/terminal.ts";

/** `tenantry access TENANT`: keys for people's computers. */
export function command(): Command {
  return new Command("access")
    .description("List, add, show and revoke keys for people's computers.")
    .argument("<tenant>", "the tenant's id")
    .addOption(
      new Option("--name <name>", "owner of the key, like alice-laptop; a new name is added to the tenant file"),
    )
    .addOption(
      new Option("--mode <mode>", "mode of a new key (default: read-only)").choices(["read-only", "read-write"]),
    )
    .addOption(new Option("--as <form>", "write the key with its secret").choices(Object.keys(KEY_FORMS)))
    .addOption(new Option("--out <file>", "write to this new file, which only you can read; default: the terminal"))
    .addOption(new Option("--revoke", "remove the entry from the tenant file; the next up deletes the key"))
    .addOption(stackOption())
    .addOption(wideOption())
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
  readonly wide?: boolean;
  readonly json?: boolean;
}

async function access(id: string, options: AccessOptions): Promise<void> {
  const context = openStack(options.stack);
  const tenant = declaredTenant(context, id);
  const { name } = options;
  if (name === undefined) {
    if (options.as !== undefined || options.revoke === true) throw nameNeeded(tenant);
    const entries = await keysOf(context, tenant);
    if (entries.length === 0) bucketInUse(tenant);
    show(entries, options);
    return;
  }
  bucketInUse(tenant);
  const entry = tenant.access.find((each) => each.name === name);
  if (entry === undefined && (options.revoke === true || options.as !== undefined))
    throw new TenantryError(filesErrors.ACCESS_UNKNOWN, `no entry ${name}`, { tenant: id });
  if (options.revoke === true) {
    editTenantFile(context, id, (text) => withoutAccess(text, name));
    said(options, `${name} is removed; \`npx tenantry up --stack ${context.stack}\` deletes the key`);
  } else if (entry === undefined) {
    editTenantFile(context, id, (text) => withAccess(text, { name, mode: options.mode ?? "read-only" }));
    said(options, `${name} is added; \`npx tenantry up --stack ${context.stack}\` creates the key`);
  } else {
    if (options.mode !== undefined && options.mode !== entry.mode) throw modeDiffers(tenant, name, entry.mode);
    await showOne(context, tenant, name, options);
  }
}

async function keysOf(context: StackContext, tenant: Tenant): Promise<PersonalAccess[]> {
  const resources = await during(`keys of ${tenant.id}`, () => storedResources(context, { secrets: true }));
  return personalAccess(tenant, personalKeys(tenant.id, resources));
}

async function showOne(context: StackContext, tenant: Tenant, name: string, options: AccessOptions): Promise<void> {
  if (options.as === undefined) {
    show(
      (await keysOf(context, tenant)).filter((each) => each.name === name),
      options,
    );
    return;
  }
  refuseSecretIntoPipe(options.out, tenant.id);
  const access = await during(`key of ${name}`, () => openBucketAccess(context, tenant.id, name));
  const text = KEY_FORMS[options.as](access);
  if (options.out !== undefined) {
    writeOwnFile(options.out, text);
    said(options, `${options.out} written; it holds the secret, and only you can read it`);
  } else if (options.json === true) printJson({ form: options.as, text });
  else process.stdout.write(text);
}

function said({ json }: AccessOptions, line: string): void {
  if (json === true) printJson({ done: line });
  else printLine(line);
}

function show(entries: readonly PersonalAccess[], { json, wide }: AccessOptions): void {
  if (json === true) {
    printJson(entries);
    return;
  }
  if (entries.length === 0) {
    printLine("nobody has a key; --name <name> adds a person");
    return;
  }
  printLine(columnTable(columnsAt(new Date()), entries, wide === true ? Infinity : terminalWidth()));
  for (const { name, state } of entries)
    if (state !== "ready") note(`${name} is ${state}: ${STATE_WORDS[state].means}`);
}

function columnsAt(now: Date): readonly Column<PersonalAccess>[] {
  return [
    { head: "name", of: ({ name }) => name },
    { head: "mode", of: ({ mode }) => mode },
    { head: "state", of: ({ state }) => inColour(state) },
    { head: "key", of: ({ key }) => key?.keyId ?? "", goes: 2 },
    { head: "made", of: ({ key }) => (key === null ? "" : relativeTime(key.issued, now)), goes: 3 },
    { head: "up replaces it", of: ({ key }) => (key === null ? "" : dueOf(key, now)), goes: 1 },
    { head: "bucket at", of: ({ backend }) => backend, goes: 4 },
  ];
}

/** A key that does not age is replaced for an incident alone. */
function dueOf({ due }: PersonalKey, now: Date): string {
  return due === null ? "with a new rotation.epoch" : relativeTime(due, now);
}

function nameNeeded({ id, access }: Tenant): TenantryError {
  const names = access.map(({ name }) => name).join(", ");
  return new TenantryError(filesErrors.ACCESS_NAME_NEEDED, `which entry? ${id} has ${names || "none"}`, {
    tenant: id,
  });
}

function modeDiffers({ id }: Tenant, name: string, mode: Mode): TenantryError {
  return new TenantryError(filesErrors.ACCESS_MODE_DIFFERS, `${name} is ${mode}`, { tenant: id });
}
