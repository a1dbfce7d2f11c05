import { isUtf8 } from "node:buffer";
import { lstatSync, readFileSync, readdirSync } from "node:fs";
import type { Dirent } from "node:fs";
import { basename, join } from "node:path";

import { TenantryError } from "../errors/tenantry-error.ts";
import { TenantFilesInvalid, tenantErrors } from "./errors.ts";
import { inReadingOrder } from "./fault.ts";
import type { FileFault } from "./fault.ts";
import { foldersFaults, schemaFaults } from "./schemas/faults.ts";
import { type FolderRead, schemaFolders } from "./schemas/read-folder.ts";
import type { Plans } from "./model/tenant-file.ts";
import type { Tenant } from "./model/tenant.ts";
import { plansOnce, tenantOnce } from "./parsed-once.ts";
import type { Parsed } from "./parsed.ts";
import { isStackName } from "../stack/stack-name.ts";
import { closestTo } from "./yaml/suggest.ts";
import { MOST_CHARACTERS } from "./yaml/yaml-text.ts";

/** All tenants of a stack. */
export interface Fleet {
  readonly stack: string;
  /** Sorted by id. Suspended, offboarding and purged ones are among them. */
  readonly tenants: readonly Tenant[];
}

/** The tenants whose files are sound, and what is wrong with the others. */
export interface FleetAsFound extends Fleet {
  /** In reading order; empty when every file is sound. */
  readonly faults: readonly FileFault[];
}

/**
 * Reads `<dir>/<stack>/*.yaml` and `<dir>/plans.yaml`. Reads files and nothing else.
 *
 * Throws TENANT_FILES_INVALID (a `TenantFilesInvalid`, with every fault of every file) and TENANT_FOLDER_MISSING.
 *
 * @param dir The folder `tenants`, as messages shall show it.
 */
export function loadFleet(dir: string, stack: string): Fleet {
  const { faults, tenants } = findFleet(dir, stack);
  if (faults.length > 0) throw new TenantFilesInvalid(faults);
  return { stack, tenants };
}

/**
 * The same for those who ask about single tenants: one invalid file makes its tenant unusable, not the fleet. Without valid
 * plans no tenant is sound. Throws TENANT_FOLDER_MISSING.
 */
export function findFleet(dir: string, stack: string): FleetAsFound {
  const entries = entriesOf(dir, stack);
  const plans = readPlans(join(dir, "plans.yaml"));
  const folder = join(dir, stack);
  const known = plans.ok ? plans.value : undefined;
  const schemas = schemaFolders(join(dir, ".."));
  const results = entries.map((entry) => readTenant(join(folder, entry.name), entry, known, schemas));
  const faults = [
    ...(plans.ok ? [] : plans.faults),
    ...results.flatMap((result) => (result.ok ? [] : result.faults)),
    ...twins(folder, entries),
    ...foldersFaults(
      results.flatMap((result) => (result.ok ? [result.value] : [])),
      schemas,
    ),
  ];
  const faulty = new Set(faults.map(({ file }) => basename(file)));
  const tenants = results.flatMap((result) => (result.ok ? [result.value] : []));
  const sound = tenants.filter(({ id }) => !faulty.has(`${id}.yaml`)).sort((a, b) => (a.id < b.id ? -1 : 1));
  return { stack, tenants: sound, faults: inReadingOrder(faults) };
}

/** Everything in the stack's folder but hidden files (`.gitkeep`, what editors and systems leave). */
function entriesOf(dir: string, stack: string): Dirent[] {
  try {
    if (isStackName(stack)) {
      refuseLinkedFolder(join(dir, stack));
      return readdirSync(join(dir, stack), { withFileTypes: true }).filter(({ name }) => !name.startsWith("."));
    }
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
  }
  const others = foldersIn(dir);
  const meant = closestTo(stack, others);
  throw new TenantryError(tenantErrors.TENANT_FOLDER_MISSING, `no folder ${join(dir, stack)}`, {
    next:
      meant === undefined ? undefined : `Did you mean the stack ${meant}? ${tenantErrors.TENANT_FOLDER_MISSING.next}`,
  });
}

function isMissing(cause: unknown): boolean {
  const code: unknown = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
  return code === "ENOENT" || code === "ENOTDIR";
}

function foldersIn(dir: string): string[] {
  try {
    return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch {
    return [];
  }
}

/** Reads and checks the plans file. */
export function readPlans(file: string): Parsed<Plans> {
  const text = readText(file);
  return text.ok ? plansOnce(text.value, file) : text;
}

function readTenant(
  file: string,
  entry: Dirent,
  plans: Plans | undefined,
  schemas: (from: string) => FolderRead,
): Parsed<Tenant> {
  if (entry.isDirectory()) return fileFault(file, "expected tenant files only, found a folder");
  if (!entry.name.endsWith(".yaml"))
    return fileFault(file, "expected a name that ends in .yaml", extensionHint(entry.name));
  const text = readText(file);
  if (!text.ok) return text;
  const parsed = tenantOnce(text.value, file, plans);
  const faults = parsed.ok ? schemaFaults(parsed.value, text.value, file, schemas) : [];
  return faults.length === 0 ? parsed : { ok: false, faults };
}

function extensionHint(name: string): string {
  const stem = /^(.+)\.(?:ya?ml|json)$/i.exec(name)?.[1];
  return stem === undefined ? "only tenant files belong in this folder" : `did you mean ${stem}.yaml?`;
}

/** A reviewer of a change to the other stack would not see that this one changes too. */
function refuseLinkedFolder(folder: string): void {
  if (!lstatSync(folder).isSymbolicLink()) return;
  throw new TenantFilesInvalid(faultsOf(folder, LINK, LINK_HINT));
}

const LINK = "expected a file or a folder of its own, found a link";
const LINK_HINT = "its target is outside this folder: replace it by a copy";

function readText(file: string): Parsed<string> {
  try {
    const status = lstatSync(file);
    if (status.isSymbolicLink()) return fileFault(file, LINK, LINK_HINT);
    if (!status.isFile()) return fileFault(file, "expected a regular file");
    if (status.size > 4 * MOST_CHARACTERS) return fileFault(file, `expected at most ${MOST_CHARACTERS} characters`);
    const bytes = readFileSync(file);
    return isUtf8(bytes)
      ? { ok: true, value: bytes.toString("utf8") }
      : fileFault(file, "expected UTF-8 text", "save the file in the encoding UTF-8");
  } catch (cause) {
    return fileFault(file, isMissing(cause) ? "there is no such file" : "the file can't be read");
  }
}

/** Names that some file systems take for one. */
function twins(folder: string, entries: readonly Dirent[]): FileFault[] {
  const first = new Map<string, string>();
  return entries.flatMap(({ name }) => {
    const other = first.get(name.toLowerCase());
    if (other === undefined) first.set(name.toLowerCase(), name);
    return other === undefined ? [] : faultsOf(join(folder, name), `differs only by case from ${other}`);
  });
}

function fileFault(file: string, message: string, hint?: string): { ok: false; faults: FileFault[] } {
  return { ok: false, faults: faultsOf(file, message, hint) };
}

function faultsOf(file: string, message: string, hint?: string): FileFault[] {
  return [{ file, line: 1, column: 1, path: "", code: "file", message, ...(hint === undefined ? {} : { hint }) }];
}
