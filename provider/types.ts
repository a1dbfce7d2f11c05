import type { Accounts } from "../stack/accounts.ts";
import { git } from "../stack/git.ts";
import { namesAtVendors, ownerAtVendors } from "../stack/names-at-vendors.ts";
import { parseSettings, type StackSettings } from "../stack/settings.ts";
import { schemaFolders } from "../tenants/schemas/read-folder.ts";
import { claimingApp, type Claims } from "../resource-kinds/claim.ts";
import type { InDrift } from "../resource-kinds/resource-kind.ts";
import type { flyTypes, PaceOf } from "./fly/index.ts";
import type { AnyType, Configured } from "./plugin/service.ts";
import { SchemaHalt } from "./schema-halt.ts";
import type { tigrisRoom } from "./tigris/index.ts";
import type { SchemaSource, tursoTypes } from "./turso/index.ts";
import { type RESOURCE_KINDS, type Token, TOKENS } from "../resource-kinds/kinds.ts";

type Room = Readonly<Record<string, unknown>>;

type Types = ReturnType<typeof tigrisRoom>["types"] & ReturnType<typeof tursoTypes> & ReturnType<typeof flyTypes>;
type InputsOf<Type> = Type extends { readonly replaceOn: readonly (infer Input extends string)[] } ? Input : never;
/** One row per type, with each of its inputs: an error below names the type or the input that resource-kinds/ lacks. */
type Rows = { readonly [T in keyof Types]: { readonly inputs: Readonly<Record<InputsOf<Types[T]>, InDrift>> } };
type Complete<Kinds extends Rows> = Kinds;
type Implemented<All extends Readonly<Record<Token, unknown>>> = All;
/** Checked by the compiler alone. */
export type Checked = [Complete<typeof RESOURCE_KINDS>, Implemented<Types>];

/** The resource types of one stack. A vendor's code is loaded with its first resource. */
export function typesOf(
  settings: StackSettings,
  accounts: Accounts,
  { paceOf, projectDir }: { readonly paceOf?: PaceOf; readonly projectDir: string },
): Configured {
  const schemaHalt = new SchemaHalt();
  const tigris = once(async () => (await import("./tigris/index.ts")).tigrisRoom(accounts.tigris));
  const fly = once(async () =>
    (await import("./fly/index.ts")).flyRoom(accounts.fly, {
      ...settings,
      schemaHalt,
      ...(paceOf === undefined ? {} : { paceOf }),
    }),
  );
  const rooms: Readonly<Record<string, () => Promise<Room>>> = {
    tigris: async () => (await tigris()).types,
    turso: once(async () =>
      (await import("./turso/index.ts")).tursoTypes(accounts.turso, schemasIn(projectDir, paceOf, schemaHalt)),
    ),
    fly: async () => (await fly()).types,
  };
  const claims: Claims = {
    async read(claim, owner) {
      const app = claimingApp(claim);
      return app === undefined ? (await tigris()).claims.read(claim, owner) : (await fly()).claims.read(app, owner);
    },
  };
  return {
    async type(token) {
      const found = (await rooms[token.split(":")[1] ?? ""]?.())?.[token];
      if (found === undefined) throw new Error(`tenantry has no resource type ${token}; it has ${TOKENS.join(", ")}`);
      // Each type checks its own inputs with its own schema, so the plugin may hand it plain properties.
      return found as AnyType;
    },
    owner: (stack, tenant) => ownerAtVendors({ stack, settings }, tenant),
    claimOf: (stack, tenant) => namesAtVendors({ stack, settings }, tenant).bucket,
    claims,
  };
}

/** Both are read when the first schema is brought forward. */
function schemasIn(projectDir: string, paceOf: PaceOf | undefined, halt: SchemaHalt): SchemaSource {
  return {
    halt,
    folderOf: schemaFolders(projectDir),
    revision: once(async () => (await git(projectDir, "rev-parse", "HEAD")) ?? ""),
    ...(paceOf === undefined ? {} : { paceOf }),
  };
}

/**
 * The types without a stack: for their schemas, which the engine may request before it configures the provider. They cannot
 * call anything.
 */
export function unconfiguredTypes(): Pick<Configured, "type"> {
  const nowhere = "https://unconfigured.invalid";
  const account = { endpoint: nowhere, organization: "unconfigured", token: "" };
  const tigris = { endpoint: nowhere, iamEndpoint: nowhere, machineEndpoint: nowhere };
  const settings = parseSettings("unconfigured", {
    fleetId: "0".repeat(32),
    prefix: "unconfigured",
    tursoOrganization: account.organization,
    flyOrganization: account.organization,
  });
  const accounts = { tigris: { ...tigris, accessKeyId: "", secretAccessKey: "" }, turso: account, fly: account };
  return typesOf(settings, accounts, { projectDir: process.cwd() });
}

function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => (loaded ??= load());
}
