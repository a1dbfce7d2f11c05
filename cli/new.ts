import { existsSync } from "node:fs";
import { join } from "node:path";

import { Command, Option } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { REGIONS, type RegionCode } from "../tenants/regions.ts";
import { TENANT_ID, TENANT_ID_EXPECTED } from "../tenants/model/tenant-id.ts";
import { refuseInvalid } from "../tenants/edits/edit-tenant-file.ts";
import { newTenantText } from "../tenants/edits/new-tenant-text.ts";
import { cliErrors } from "./errors.ts";
import { engineErrors } from "../operations/engine/errors.ts";
import { jsonOption, stackOption } from "./options.ts";
import { placeFor } from "../operations/fleet/placement.ts";
import { findProject, openStack } from "../stack/context.ts";
import { openStackGroup, refuseTenantOfSibling, tenantIdsOf } from "../stack/stack-group.ts";
import { writeInside } from "../output/written-file.ts";
import { printJson, printLine } from "../output/terminal.ts";

/** `tenantry new`: writes the file of a new tenant. Never overwrites one. */
export function command(): Command {
  return new Command("new")
    .description("Write the file of a new tenant. Commit it in its own pull request.")
    .argument("<tenant>", `the tenant's id: ${TENANT_ID_EXPECTED}`)
    .addOption(new Option("--owner <address>", "contact for the tenant").makeOptionMandatory())
    .addOption(new Option("--region <code>", "region of the tenant").choices(Object.keys(REGIONS)))
    .addOption(stackOption())
    .addOption(
      new Option("-g, --stack-group <group>", "put it into the fullest stack of this group with room").conflicts(
        "stack",
      ),
    )
    .addOption(jsonOption())
    .action(create);
}

interface NewOptions {
  readonly stack: string;
  readonly stackGroup?: string;
  readonly owner: string;
  readonly region?: RegionCode;
  readonly json?: boolean;
}

function create(id: string, { owner, region, json, ...where }: NewOptions): void {
  if (!TENANT_ID.test(id)) throw new TenantryError(engineErrors.TENANT_ID_INVALID, `not a tenant's id: ${id}`);
  const stack = where.stackGroup === undefined ? where.stack : stackWithRoom(where.stackGroup);
  const context = openStack(stack);
  const { projectDir } = context;
  refuseTenantOfSibling(context, id);
  const file = join("tenants", stack, `${id}.yaml`);
  const path = join(projectDir, file);
  if (existsSync(path)) throw new TenantryError(cliErrors.TENANT_EXISTS, `${file} already exists`, { tenant: id });
  const text = newTenantText({ id, owner, ...(region === undefined ? {} : { region }) });
  refuseInvalid(projectDir, text, file);
  writeInside(projectDir, ["tenants", stack, `${id}.yaml`], text, "wx");
  if (json === true) printJson({ tenant: id, stack, file });
  else printLine(`${file} written; see what it would do: npx tenantry plan --stack ${stack}`);
}

/** Throws NO_STACK_GROUP, STACK_GROUP_FULL. */
function stackWithRoom(group: string): string {
  const { stacks, shardLimit } = openStackGroup(group, findProject(process.cwd()));
  const rooms = stacks.map(({ stack, projectDir }) => ({ stack, tenants: tenantIdsOf(stack, projectDir).length }));
  return placeFor(rooms, shardLimit);
}
