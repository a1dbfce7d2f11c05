import * as z from "zod";

import { withoutSecrets } from "../../output/shown.ts";
import { parseUrn } from "../../resource-kinds/urn.ts";
import type { StackContext } from "../../stack/context.ts";
import { BUILT_IN } from "../../tenants/model/built-in.ts";
import { refusedAsSecret } from "../../tenants/model/secret-likeness.ts";
import { BACKENDS, type Backend } from "../../tenants/model/storage.ts";
import { tenantsIn } from "./removed-tenants.ts";
import { resourcesIfMade, type StoredResource } from "./stack-state.ts";

/** What holds the files on each backend (tenants/model/storage.ts). */
export const HOLDERS: Readonly<Record<Backend, string>> = {
  tigris: "tenantry:tigris:Bucket",
  "aws-s3": "aws:s3/bucket:Bucket",
  "fly-volume": "tenantry:fly:Volume",
};

const machineSchema = z.object({
  app: z.string(),
  region: z.string(),
  secretsVersion: z.number().optional(),
  suspended: z.boolean().default(false),
  /** What a tenant file declares, and no more: a secret that came into a state otherwise ends here. */
  config: z
    .record(z.string(), z.unknown())
    .transform((config) => withoutSecrets(config, "", refusedAsSecret) as typeof config),
});
/** How a machine finds its files and its database (section 6 of the design). */
const placesSchema = z.object({
  env: z.object({
    BUCKET_NAME: z.string().optional(),
    AWS_ENDPOINT_URL_S3: z.string().optional(),
    AWS_REGION: z.string().optional(),
    LIBSQL_URL: z.string().optional(),
  }),
  mounts: z.array(z.object({ volume: z.string() })).default([]),
});

/** What the state knows of a tenant that has a machine, whether or not that ever became healthy. No secret. */
export interface RecordedTenant {
  /** As it was applied last: active, suspended or offboarding. */
  readonly state: "active" | "suspended" | "offboarding";
  readonly backend: Backend;
  /** Physical name of the bucket. Absent when the files lie on a volume. */
  readonly bucket?: string;
  /** S3 endpoint as seen from the machine. Absent with the bucket. */
  readonly endpoint?: string;
  /** The access key id of the machine's key. Absent with the bucket. */
  readonly keyId?: string;
  /** Id of the volume. Absent when the files lie in a bucket. */
  readonly volume?: string;
  /** Storage that moves have left behind, and how it is guarded. Absent when there is none. */
  readonly kept?: Readonly<Partial<Record<Backend, "protected" | "released">>>;
  /** Absent when the tenant has no database. */
  readonly databaseUrl?: string;
  readonly app: string;
  /** The network whose machines reach the app's private address: `default` is the organisation's. Absent without such an address. */
  readonly callers?: string;
  readonly machineId: string;
  /** `secrets` is absent when the machine has none, `epoch` when the tenant has no credential. */
  readonly versions: { readonly secrets?: number; readonly epoch?: number };
  /** The machine as posted to the Machines API, beside its name. */
  readonly machine: {
    readonly region: string;
    readonly min_secrets_version?: number;
    readonly config: Readonly<Record<string, unknown>>;
  };
}

/** The tenants of a stack that have a machine, by id. Empty for a stack that was never brought up. */
export async function recordedTenants(context: StackContext): Promise<ReadonlyMap<string, RecordedTenant>> {
  return recordedIn(await resourcesIfMade(context));
}

/**
 * The same from a state that was read already. Not from the stack's outputs: Pulumi writes those for a tenant only when the
 * whole tenant succeeded, and they are needed earlier to find out what is wrong with a machine. Pure.
 */
export function recordedIn(stored: readonly StoredResource[]): ReadonlyMap<string, RecordedTenant> {
  const records = [...tenantsIn(stored)].flatMap(([tenant, resources]) => {
    const record = recordOf(resources);
    return record === undefined ? [] : [[tenant, record] as const];
  });
  return new Map(records.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function recordOf(resources: readonly StoredResource[]): RecordedTenant | undefined {
  // What is already replaced goes with the next `up`.
  const living = resources.filter((each) => each.delete !== true);
  const stored = living.find(({ type }) => type === "tenantry:fly:Machine");
  const machineId = stored?.outputs["machineId"];
  const machine = machineSchema.safeParse(stored?.inputs).data;
  const places = placesSchema.safeParse(machine?.config).data;
  if (machine === undefined || places === undefined || typeof machineId !== "string") return undefined;
  const { app, region, secretsVersion, suspended, config } = machine;
  const backend = backendOf(places);
  const [keyId, epoch] = [machineKey(living)?.id, epochOf(living)];
  const kept = keptOf(living, backend);
  const { LIBSQL_URL: databaseUrl } = places.env;
  return {
    state: living.some(({ protect }) => protect === true) ? (suspended ? "suspended" : "active") : "offboarding",
    backend,
    ...filesOf(places),
    ...(keyId === undefined ? {} : { keyId }),
    ...(Object.keys(kept).length === 0 ? {} : { kept }),
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    app,
    ...callersOf(living),
    machineId,
    versions: {
      ...(secretsVersion === undefined ? {} : { secrets: secretsVersion }),
      ...(epoch === undefined ? {} : { epoch }),
    },
    machine: { region, ...(secretsVersion === undefined ? {} : { min_secrets_version: secretsVersion }), config },
  };
}

type Places = z.infer<typeof placesSchema>;

function backendOf({ env, mounts }: Places): Backend {
  if (mounts.length > 0) return "fly-volume";
  return env.AWS_REGION === "auto" ? "tigris" : "aws-s3";
}

function filesOf({ env, mounts }: Places): Pick<RecordedTenant, "bucket" | "endpoint" | "volume"> {
  const [mount] = mounts;
  if (mount !== undefined) return { volume: mount.volume };
  const { BUCKET_NAME: bucket, AWS_ENDPOINT_URL_S3: endpoint } = env;
  return { ...(bucket === undefined ? {} : { bucket }), ...(endpoint === undefined ? {} : { endpoint }) };
}

/** At Tigris its purpose says which key is the machine's; at AWS its name has no person in it (components/storage/aws-s3.ts). */
function machineKey(living: readonly StoredResource[]): StoredResource | undefined {
  return living.find(({ type, urn, inputs }) =>
    type === "tenantry:tigris:AccessKey"
      ? inputs["purpose"] === "machine"
      : type === "aws:iam/accessKey:AccessKey" && parseUrn(urn).name.split("/").length === 2,
  );
}

function callersOf(living: readonly StoredResource[]): Pick<RecordedTenant, "callers"> {
  const addresses = living.find(({ type }) => type === "tenantry:fly:IpAssignment");
  if (addresses?.inputs["ingress"] !== "private") return {};
  const { callers } = addresses.inputs;
  return { callers: typeof callers === "string" ? callers : BUILT_IN.machine.callers };
}

function epochOf(living: readonly StoredResource[]): number | undefined {
  const epochs = living.flatMap(({ type, urn, inputs }) => {
    const told =
      type === "aws:iam/accessKey:AccessKey" ? Number(/\/e(\d+)$/.exec(parseUrn(urn).name)?.[1]) : inputs["epoch"];
    return typeof told === "number" ? [told] : [];
  });
  return epochs.length === 0 ? undefined : Math.max(...epochs);
}

function keptOf(living: readonly StoredResource[], used: Backend): NonNullable<RecordedTenant["kept"]> {
  const left = BACKENDS.flatMap((backend) => {
    const holder = backend === used ? undefined : living.find(({ type }) => type === HOLDERS[backend]);
    return holder === undefined ? [] : [[backend, holder.protect === true ? "protected" : "released"] as const];
  });
  return Object.fromEntries(left);
}
