import * as z from "zod";

import { TenantryError } from "../errors/tenantry-error.ts";
import { stackErrors } from "./errors.ts";

/** Pulumi hands settings on as text. */
const WORDS: ReadonlyMap<unknown, boolean> = new Map([
  ["true", true],
  ["false", false],
]);

/**
 * What `Pulumi.<stack>.yaml` says under `tenantry:*`. The program, the provider and the CLI all read it through this.
 */
const settingsSchema = z
  .object({
    /** Random id of the fleet: 16 to 64 hex digits. Part of the mark on every claim; never change it. */
    fleetId: z.string().regex(/^[0-9a-f]{16,64}$/, "expected 16 to 64 hex digits"),
    /** Start of every physical name. Bucket and app names are global at their vendors: choose one that is yours. */
    prefix: z.string().regex(/^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,14}$/, "expected 1 to 15 characters a-z, 0-9, -"),
    /**
     * The group of stacks that this one is part of (docs/fleets.md). Tenants are named and marked after the group, so that
     * one can move to another stack of it. Default: none. Never change it while the stack has tenants.
     */
    stackGroup: z
      .string()
      .regex(/^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,39}$/, "expected 1 to 40 characters a-z, 0-9, -")
      .optional(),
    /** How many tenants `new --stack-group` puts into one stack of a group. Default: 200 (docs/scale.md). */
    shardLimit: z.coerce.number().int().min(1).default(200),
    /** `embedded`: the cloud of `tenantry cloud up`. `real`: the vendors, with credentials from the environment. */
    cloud: z.enum(["embedded", "real"]).default("real"),
    /** Slug of the Turso organisation. */
    tursoOrganization: z.string().min(1),
    /** Slug of the Fly organisation, as `fly orgs list` shows it. */
    flyOrganization: z
      .string()
      .min(1)
      .refine(
        (slug) => slug !== "personal",
        "`personal` is an alias that Fly does not read back; `fly orgs list` shows the slug",
      ),
    /** An existing Turso group for all databases. Default: one group per region the stack uses. */
    tursoGroup: z.string().min(1).optional(),
    /**
     * Where `up` records who changed what: a path, or `s3://…`. Default: beside a state in a bucket, otherwise
     * `<home>/history`.
     */
    history: z.string().min(1).optional(),
    /** When this many machines have failed their checks in one `up`, no further machine changes. */
    maxFailedMachines: z.coerce.number().int().min(1).default(3),
    /** A change of a plan may restart this many machines at once; more need a rollout (docs/rollouts.md). */
    maxUngatedTenants: z.coerce.number().int().min(1).default(5),
    tigrisEndpoint: z.url().default("https://t3.storage.dev"),
    tigrisIamEndpoint: z.url().default("https://iam.storageapi.dev"),
    /** What a machine is told as AWS_ENDPOINT_URL_S3. On Fly the name below stays inside their network. */
    tigrisMachineEndpoint: z.url().default("https://fly.storage.tigris.dev"),
    /**
     * `true`: buckets are named in the path, `https://t3.storage.dev/BUCKET`, and not by host names,
     * `https://BUCKET.t3.storage.dev`, which Tigris requires since February 2025. Default: false.
     */
    tigrisPathStyle: z
      .preprocess((value) => WORDS.get(value) ?? value, z.boolean("expected true or false"))
      .default(false),
    tursoEndpoint: z.url().default("https://api.turso.tech"),
    flyEndpoint: z.url().default("https://api.machines.dev"),
  })
  .strict();

/** The settings of a stack, `tenantry:*` in Pulumi.<stack>.yaml, checked. */
export type StackSettings = Readonly<z.infer<typeof settingsSchema>>;

/**
 * The name that vendors know a stack by: that of its group, else its own. It is part of every physical name and of every
 * mark, so a tenant can change its stack within a group without a replacement. Pure.
 */
export function nameAtVendors(stack: string, { stackGroup }: Pick<StackSettings, "stackGroup">): string {
  return stackGroup ?? stack;
}

/** All keys a stack can set. */
export const settingKeys = Object.keys(settingsSchema.shape) as (keyof StackSettings)[];

/**
 * Parses the stack's settings; `values` holds the config keys without their `tenantry:` prefix.
 * Throws STACK_SETTINGS with every fault at once.
 */
export function parseSettings(stack: string, values: Readonly<Record<string, unknown>>): StackSettings {
  const parsed = settingsSchema.safeParse(values);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `tenantry:${issue.path.join(".")}: ${issue.message}`);
  throw new TenantryError(stackErrors.STACK_SETTINGS, `stack ${stack}: ${faults.join("; ")}`, {
    next: values["fleetId"] === undefined ? fleetIdAdvice(stack) : undefined,
  });
}

function fleetIdAdvice(stack: string): string {
  return `Set the stack's fleet id once, and commit it: a line \`tenantry:fleetId: "<32 random hex digits>"\` under \`config:\` in Pulumi.${stack}.yaml; \`openssl rand -hex 16\` creates one.`;
}
