import { readFileSync } from "node:fs";

import * as z from "zod";

import { TenantryError } from "../errors/tenantry-error.ts";
import { stackErrors } from "./errors.ts";
import { descriptorPath } from "./home.ts";
import type { StackSettings } from "./settings.ts";

/** The vendors' addresses and our credentials. Contains secrets: never print it. */
export interface Accounts {
  readonly tigris: {
    readonly endpoint: string;
    /** Buckets are named in the path always. Default: by their host names, where the endpoint has any. */
    readonly pathStyle?: boolean;
    readonly iamEndpoint: string;
    /** What a machine is told as AWS_ENDPOINT_URL_S3. */
    readonly machineEndpoint: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
  readonly turso: { readonly endpoint: string; readonly organization: string; readonly token: string };
  readonly fly: { readonly endpoint: string; readonly organization: string; readonly token: string };
}

const descriptorSchema = z.object({
  tigris: z.object({ endpoint: z.url(), iamEndpoint: z.url(), accessKeyId: z.string(), secretAccessKey: z.string() }),
  turso: z.object({ endpoint: z.url(), organization: z.string(), token: z.string() }),
  fly: z.object({ endpoint: z.url(), organization: z.string(), token: z.string() }),
  /** The cloud's own address: faults, call log, status, shutdown. */
  admin: z.object({ endpoint: z.url(), token: z.string(), pid: z.int() }),
});

/** What `<home>/cloud/cloud.json` (mode 0600) says: addresses and root credentials of the embedded cloud. */
export type Descriptor = z.infer<typeof descriptorSchema>;

/** Reads the embedded cloud's descriptor. Throws CLOUD_NOT_UP when there is none, CLOUD_FILE_DAMAGED. */
export function readDescriptor(home: string): Descriptor {
  let text: string;
  try {
    text = readFileSync(descriptorPath(home), "utf8");
  } catch (cause) {
    throw new TenantryError(stackErrors.CLOUD_NOT_UP, `no embedded cloud in ${home}`, { cause });
  }
  try {
    return descriptorSchema.parse(JSON.parse(text));
  } catch {
    // Without the cause: a parser quotes what it reads, and the file holds credentials.
    throw new TenantryError(stackErrors.CLOUD_FILE_DAMAGED, descriptorPath(home));
  }
}

/** The machines' value of AWS_ENDPOINT_URL_S3. Reads no secret. */
export function machineEndpointOf(settings: StackSettings, home: string): string {
  return settings.cloud === "embedded" ? readDescriptor(home).tigris.endpoint : settings.tigrisMachineEndpoint;
}

/** The S3 endpoint as seen from a person's computer. No secret is read. */
export function storageEndpointOf(settings: StackSettings, home: string): string {
  return settings.cloud === "embedded" ? readDescriptor(home).tigris.endpoint : settings.tigrisEndpoint;
}

/**
 * The accounts of a stack: the embedded cloud's, or the real ones with credentials from the environment
 * (TIGRIS_ACCESS_KEY_ID, TIGRIS_SECRET_ACCESS_KEY, TURSO_API_TOKEN, FLY_API_TOKEN).
 */
export function accountsOf(
  settings: StackSettings,
  home: string,
  env: Readonly<Record<string, string | undefined>>,
): Accounts {
  return settings.cloud === "embedded" ? embeddedAccounts(settings, readDescriptor(home)) : realAccounts(settings, env);
}

function embeddedAccounts({ tigrisPathStyle }: StackSettings, { tigris, turso, fly }: Descriptor): Accounts {
  return { tigris: { ...tigris, machineEndpoint: tigris.endpoint, pathStyle: tigrisPathStyle }, turso, fly };
}

function realAccounts(settings: StackSettings, env: Readonly<Record<string, string | undefined>>): Accounts {
  const missing: string[] = [];
  const variable = (...names: [string, ...string[]]): string => {
    const value = names.map((name) => env[name]).find((found) => found !== undefined && found !== "");
    if (value === undefined) missing.push(names.join(" or "));
    return value ?? "";
  };
  const accounts: Accounts = {
    tigris: {
      endpoint: settings.tigrisEndpoint,
      pathStyle: settings.tigrisPathStyle,
      iamEndpoint: settings.tigrisIamEndpoint,
      machineEndpoint: settings.tigrisMachineEndpoint,
      accessKeyId: variable("TIGRIS_ACCESS_KEY_ID"),
      secretAccessKey: variable("TIGRIS_SECRET_ACCESS_KEY"),
    },
    turso: {
      endpoint: settings.tursoEndpoint,
      organization: settings.tursoOrganization,
      token: variable("TURSO_API_TOKEN"),
    },
    fly: {
      endpoint: settings.flyEndpoint,
      organization: settings.flyOrganization,
      token: variable("FLY_ACCESS_TOKEN", "FLY_API_TOKEN"),
    },
  };
  if (missing.length > 0) {
    throw new TenantryError(stackErrors.CREDENTIALS_MISSING, `not in the environment: ${missing.join(", ")}`);
  }
  return accounts;
}
