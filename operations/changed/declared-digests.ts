import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { machineEndpointOf } from "../../stack/accounts.ts";
import type { StackContext } from "../../stack/context.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { declaredDigest } from "../../tenants/schemas/migration.ts";
import { type FolderRead, schemaFolders } from "../../tenants/schemas/read-folder.ts";
import { digestOf } from "../engine/canonical.ts";
import { codeVersion } from "./code-files.ts";

/**
 * What each tenant is declared to be, as a digest by id: its file with every default filled in, and all that decides what
 * the program makes of it: the code, the stack's settings, and where the embedded cloud serves. Throws CLOUD_NOT_UP.
 */
export function declaredDigests(context: StackContext, tenants: readonly Tenant[]): ReadonlyMap<string, string> {
  const basis = groundOf(context);
  const folderOf = schemaFolders(context.projectDir);
  return new Map(
    tenants.map((tenant) => {
      const schema = schemaOf(tenant, folderOf);
      return [tenant.id, digestOf(schema === undefined ? { basis: basis, tenant } : { basis: basis, tenant, schema })];
    }),
  );
}

/** The texts of the migrations, which the tenant's file only counts. Of the app's own migrator all is in the file. */
function schemaOf({ database }: Tenant, folderOf: (from: string) => FolderRead): string | undefined {
  if (database.engine === "none" || database.schema === undefined) return undefined;
  const { from, version } = database.schema;
  if (from === undefined) return undefined;
  return declaredDigest(folderOf(from).folder, version);
}

function groundOf(context: StackContext): unknown {
  const { projectDir, stack, settings, home } = context;
  return {
    stack,
    code: codeVersion(projectDir),
    config: configIn(join(projectDir, `Pulumi.${stack}.yaml`)),
    endpoint: machineEndpointOf(settings, home),
  };
}

/** All settings, also those of other providers. Pulumi itself writes a salt beside them. */
function configIn(file: string): unknown {
  return (parse(readFileSync(file, "utf8")) as { config?: unknown } | null)?.config ?? null;
}
