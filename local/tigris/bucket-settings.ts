import * as z from "zod";

import { Refusal } from "./refusal.ts";

const TIERS = ["STANDARD", "STANDARD_IA", "GLACIER", "GLACIER_IR"] as const;
const CODES = ["ams", "fra", "gru", "iad", "jnb", "lhr", "nrt", "ord", "sin", "sjc", "syd"];
const SOFT_DELETE_DAYS = { least: 7, most: 90, default: 7 };
const MOST_LIFECYCLE_RULES = 10;

const days = z.int().min(1).optional();
const lifecycleRule = z.strictObject({
  id: z.string().max(36).optional(),
  status: z.union([z.literal(1), z.literal(2)]),
  filter: z.strictObject({ prefix: z.string().optional() }).optional(),
  expiration: z.strictObject({ days, date: z.string().optional(), enabled: z.boolean().optional() }).optional(),
  transitions: z
    .array(z.strictObject({ storage_class: z.enum(TIERS), days, date: z.string().optional() }))
    .max(1)
    .optional(),
});

export type LifecycleRule = z.infer<typeof lifecycleRule>;

const regions = z.string().refine(areRegions, { error: ({ input }) => `unknown regions ${JSON.stringify(input)}` });
const softDelete = z.strictObject({
  enabled: z.boolean(),
  retention_days: z.int().min(SOFT_DELETE_DAYS.least).max(SOFT_DELETE_DAYS.most).optional(),
});

// The fields that @tigrisdata/storage 3.21 sends and reads (packages/storage/src/lib/bucket/utils/api.ts).
const changes = z.strictObject({
  acl_settings: z.strictObject({ allow_object_acl: z.boolean() }).optional(),
  acl_list_objects: z.enum(["true", "false"]).optional(),
  object_regions: regions.optional(),
  cache_control: z.string().optional(),
  storage_class: z.enum(TIERS).optional(),
  shadow_bucket: z
    .strictObject({
      access_key: z.string().optional(),
      secret_key: z.string().optional(),
      region: z.string().optional(),
      name: z.string().optional(),
      endpoint: z.string().optional(),
      write_through: z.boolean().optional(),
    })
    .optional(),
  lifecycle_rules: z.array(lifecycleRule).max(MOST_LIFECYCLE_RULES).optional(),
  cors: z.strictObject({ rules: z.array(z.looseObject({})) }).nullish(),
  website: z.strictObject({ domain_name: z.string() }).optional(),
  protection: z.strictObject({ protected: z.boolean() }).optional(),
  object_notifications: z.looseObject({}).optional(),
  soft_delete: softDelete.optional(),
  additional_http_headers: z.record(z.string(), z.string()).nullish(),
  type: z.union([z.literal(0), z.literal(1)]).optional(),
});

/** The headers of a bucket's own ACL, under the names that the metadata gives them. Absent: private, listing allowed. */
interface AclHeaders {
  readonly "X-Amz-Acl"?: string;
  readonly "x-amz-acl-public-list-objects-enabled"?: string;
}

/** What Tigris keeps of a bucket beside its objects, in the form in which it is patched and read. */
export type BucketSettings = z.infer<typeof changes> & {
  readonly storage_class: (typeof TIERS)[number];
  readonly object_regions: string;
  readonly type: 0 | 1;
  readonly md: AclHeaders;
};

export type HeaderOf = (name: string) => string | undefined;

/** The settings of a new bucket, from the headers of CreateBucket. Throws a Refusal for a value that Tigris does not know. */
export function settingsAtCreation(header: HeaderOf): BucketSettings {
  const retention = softDeleteFrom(header("x-tigris-soft-delete"));
  return checked({
    storage_class: header("x-amz-storage-class") ?? "STANDARD",
    object_regions: header("x-tigris-regions") ?? "",
    type: header("x-tigris-enable-snapshot") === "true" ? 1 : 0,
    ...(retention === undefined ? {} : { soft_delete: { enabled: true, retention_days: retention } }),
    md: aclHeaders(header),
  });
}

/** The settings after a PATCH with this JSON body and these headers. Throws a Refusal when a value is not acceptable. */
export function settingsAfterPatch(before: BucketSettings, body: unknown, header: HeaderOf): BucketSettings {
  const parsed = changes.safeParse(body);
  if (!parsed.success) throw invalid(parsed.error);
  const given = Object.fromEntries(Object.entries(parsed.data).filter(([, value]) => value !== undefined));
  const retention = parsed.data.soft_delete;
  if (retention?.enabled === true) {
    given["soft_delete"] = { retention_days: SOFT_DELETE_DAYS.default, ...retention };
  }
  // null, and for notifications an empty object, take a setting away.
  const merged = Object.entries({ ...before, ...given }).filter(([, value]) => value !== null && !isEmpty(value));
  const acl = aclHeaders(header);
  const listing = parsed.data.acl_list_objects;
  return checked({
    ...Object.fromEntries(merged),
    md: {
      ...before.md,
      ...acl,
      ...(listing === undefined ? {} : { "x-amz-acl-public-list-objects-enabled": listing }),
    },
  });
}

export function isPublic(settings: BucketSettings): boolean {
  return settings.md["X-Amz-Acl"] === "public-read";
}

const settings = changes.extend({
  storage_class: z.enum(TIERS),
  object_regions: regions,
  type: z.union([z.literal(0), z.literal(1)]),
  md: z.strictObject({
    "X-Amz-Acl": z.enum(["private", "public-read"]).optional(),
    "x-amz-acl-public-list-objects-enabled": z.enum(["true", "false"]).optional(),
  }),
});

function checked(candidate: unknown): BucketSettings {
  const parsed = settings.safeParse(candidate);
  if (!parsed.success) throw invalid(parsed.error);
  const { type, storage_class: tier, lifecycle_rules: rules = [] } = parsed.data;
  if (type === 1 && (tier.startsWith("GLACIER") || rules.length > 0)) {
    throw new Refusal(
      400,
      "InvalidArgument",
      "Snapshots cannot be combined with an archive tier or with lifecycle rules.",
    );
  }
  return parsed.data as BucketSettings;
}

function aclHeaders(header: HeaderOf): AclHeaders {
  const acl = header("x-amz-acl");
  const listing = header("x-amz-acl-public-list-objects-enabled");
  return {
    ...(acl === undefined ? {} : { "X-Amz-Acl": acl }),
    ...(listing === undefined ? {} : { "x-amz-acl-public-list-objects-enabled": listing }),
  };
}

function softDeleteFrom(value: string | undefined): number | undefined {
  if (value === undefined || value === "false") return undefined;
  return value === "true" ? SOFT_DELETE_DAYS.default : Number(value);
}

function areRegions(text: string): boolean {
  if (text === "" || text === "usa" || text === "eur" || text === "global") return true;
  const codes = text.split(",").map((code) => code.trim());
  return codes.length <= 2 && codes.every((code) => CODES.includes(code));
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}

function invalid(error: z.ZodError): Refusal {
  const what = error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`));
  return new Refusal(400, "InvalidArgument", what.join("; "));
}
