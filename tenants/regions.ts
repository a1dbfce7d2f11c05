/** A tenant's locations at each vendor, by one choice. */
export interface Region {
  /** What people call it. */
  readonly city: string;
  /** Tigris location code of the bucket. */
  readonly bucket: TigrisRegion;
  /** Turso location of the database group: the nearest of those that Turso documents. */
  readonly database: TursoLocation;
  /** Fly region of the machine. */
  readonly machine: FlyRegion;
  /** AWS region for the backend `aws-s3`: the nearest one AWS has. */
  readonly aws: string;
}

/** Codes for `X-Tigris-Regions`. Source: Tigris docs, concepts/regions. */
export const TIGRIS_REGIONS = ["ams", "fra", "gru", "iad", "jnb", "lhr", "nrt", "ord", "sin", "sjc", "syd"] as const;
/** A region of Tigris. */
export type TigrisRegion = (typeof TIGRIS_REGIONS)[number];

/**
 * Turso's locations, with the provider's name before them as a group takes them. Source: `GET /v1/locations` in Turso's
 * OpenAPI file for six of them; aws-ap-southeast-2, aws-ca-central-1, aws-eu-north-1 and aws-sa-east-1 are only in a list
 * that alchemy has from the live API. So a tenant file may name them, but no region maps to one of them (ADR 0022).
 */
export const TURSO_LOCATIONS = [
  "aws-ap-northeast-1",
  "aws-ap-south-1",
  "aws-ap-southeast-2",
  "aws-ca-central-1",
  "aws-eu-north-1",
  "aws-eu-west-1",
  "aws-sa-east-1",
  "aws-us-east-1",
  "aws-us-east-2",
  "aws-us-west-2",
] as const;
/** A location of Turso's groups. */
export type TursoLocation = (typeof TURSO_LOCATIONS)[number];

/** Source: Fly docs, reference/regions; `GET /v1/platform/regions` answers the same live. */
export const FLY_REGIONS = [
  "ams",
  "arn",
  "bom",
  "cdg",
  "dfw",
  "ewr",
  "fra",
  "gru",
  "iad",
  "jnb",
  "lax",
  "lhr",
  "nrt",
  "ord",
  "sin",
  "sjc",
  "syd",
  "yyz",
] as const;
/** A region of Fly. */
export type FlyRegion = (typeof FLY_REGIONS)[number];

/** The regions a tenant file can name: those where both a bucket and a machine can be. */
export const REGIONS: Readonly<Record<TigrisRegion, Region>> = {
  ams: region("Amsterdam", "ams", "aws-eu-west-1", "eu-central-1"),
  fra: region("Frankfurt", "fra", "aws-eu-west-1", "eu-central-1"),
  gru: region("São Paulo", "gru", "aws-us-east-1", "sa-east-1"),
  iad: region("Ashburn, Virginia", "iad", "aws-us-east-1", "us-east-1"),
  jnb: region("Johannesburg", "jnb", "aws-eu-west-1", "af-south-1"),
  lhr: region("London", "lhr", "aws-eu-west-1", "eu-west-2"),
  nrt: region("Tokyo", "nrt", "aws-ap-northeast-1", "ap-northeast-1"),
  ord: region("Chicago", "ord", "aws-us-east-2", "us-east-2"),
  sin: region("Singapore", "sin", "aws-ap-south-1", "ap-southeast-1"),
  sjc: region("San Jose, California", "sjc", "aws-us-west-2", "us-west-1"),
  syd: region("Sydney", "syd", "aws-ap-northeast-1", "ap-southeast-2"),
};
/** What each region of a tenant file means at the three vendors and at AWS. */
export type Regions = typeof REGIONS;
/** What a tenant file can say as `region`. */
export type RegionCode = keyof Regions;

function region(city: string, code: TigrisRegion, database: TursoLocation, aws: string): Region {
  return { city, bucket: code, database, machine: code, aws };
}
