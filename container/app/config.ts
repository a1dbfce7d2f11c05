import { isAbsolute } from "node:path";

import * as z from "zod";

import type { BucketPlace } from "./files/note-objects.ts";
import { LOG_LEVELS, type LogLevel } from "./log.ts";

/** Where the index is: a libSQL server, or a SQLite file on this machine. */
export type DatabaseAddress =
  | { readonly kind: "libsql"; readonly url: string; readonly token: string }
  | { readonly kind: "file"; readonly path: string };

/** The storage of the notes: a folder, or a bucket without a mount. */
export type FilesAddress =
  | {
      readonly kind: "folder";
      readonly mountPath: string;
      /** Whether it has to be a mount point: then nothing is read or written while it is a bare directory. */
      readonly requireMount: boolean;
    }
  | ({ readonly kind: "bucket" } & BucketPlace);

/** What the app was told by its environment. Holds the database's token and the bucket's key: never print one of these. */
export interface Config {
  readonly files: FilesAddress;
  readonly database: DatabaseAddress;
  /** Where a replica of the server's database is kept to read from, and how old what it shows may be; undefined: nowhere. */
  readonly replica: { readonly folder: string; readonly maxAgeMs: number } | undefined;
  /** How long one call to the database server may take. */
  readonly databaseLimitMs: number;
  readonly host: string | undefined;
  readonly port: number;
  /** The size of a note's file, front matter included. */
  readonly maxNoteBytes: number;
  readonly reindexConcurrency: number;
  /** How often the files are looked at for changes made elsewhere; undefined: only at the start and when asked. */
  readonly reindexIntervalMs: number | undefined;
  /** How long requests may take to end after a stop signal. */
  readonly stopLimitMs: number;
  readonly logLevel: LogLevel;
  /** Named in every log line. */
  readonly tenant: string | undefined;
}

/** One thing wrong with the environment. Never carries the value: it might be a secret. */
export interface ConfigFault {
  readonly variable: string;
  readonly expected: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const absolutePath = z.string().refine((path) => isAbsolute(path), "an absolute path");

/** A whole number between the two, as an environment variable spells it. */
function whole(least: number, most: number, otherwise: number) {
  const expected = `a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, expected)
    .transform(Number)
    .refine((value) => value >= least && value <= most, expected)
    .default(otherwise);
}

const variables = z.object({
  MOUNT_PATH: absolutePath.optional(),
  // Part of the machine's contract. `app`: nothing is mounted, and the notes are read and written by the S3 API.
  MOUNT_BY: z.enum(["fly", "app"], "fly or app").optional(),
  REQUIRE_MOUNT: z.enum(["true", "false"], "true or false").optional(),
  // Part of the machine's contract: where there is a bucket, a bare directory at MOUNT_PATH would lose every write.
  BUCKET_NAME: z.string().optional(),
  AWS_ENDPOINT_URL_S3: z.url({ protocol: /^https?$/, error: "a URL that starts with https or http" }).optional(),
  AWS_REGION: z.string().default("auto"),
  S3_PATH_STYLE: z.enum(["true", "false"], "true or false").default("false"),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  LIBSQL_URL: z.string().superRefine(checkLibsqlUrl).optional(),
  // Anything else cannot be sent as a bearer token, and fetch would quote it in its error.
  DATABASE_AUTH_TOKEN: z
    .string()
    .regex(/^[\w.~+/=-]+$/, "a bearer token: letters, digits and -._~+/= alone")
    .optional(),
  DATABASE_FILE: absolutePath.optional(),
  INDEX_REPLICA: z
    .string()
    .refine((value) => value === "off" || isAbsolute(value), "off, or an absolute path of a folder")
    .default("off"),
  INDEX_REPLICA_AGE_S: whole(1, 3600, 10),
  DATABASE_LIMIT_MS: whole(100, 60_000, 3000),
  HOST: z.string().optional(),
  PORT: whole(0, 65_535, 8080),
  MAX_NOTE_BYTES: whole(1024, 64 * 1024 * 1024, 1024 * 1024),
  REINDEX_CONCURRENCY: whole(1, 128, 16),
  REINDEX_INTERVAL_S: whole(0, 86_400, 0),
  STOP_LIMIT_MS: whole(0, 300_000, 10_000),
  LOG_LEVEL: z.enum(LOG_LEVELS, `one of ${LOG_LEVELS.join(", ")}`).default("info"),
  TENANT: z.string().optional(),
});

/** Reads the environment: the configuration, or everything that is wrong with it at once. */
export function readConfig(env: Environment): { readonly config: Config } | { readonly faults: ConfigFault[] } {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = variables.safeParse(given);
  const faults = [
    ...(parsed.error?.issues ?? []).map(({ path, message, code }) => ({
      variable: path.join("."),
      expected: code === "invalid_type" ? "to be set" : message,
    })),
    ...filesFaults(given),
    ...databaseFaults(given),
  ];
  return parsed.success && faults.length === 0 ? { config: toConfig(parsed.data) } : { faults };
}

const BUCKET_VARIABLES = ["BUCKET_NAME", "AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] as const;

function filesFaults(env: Environment): ConfigFault[] {
  const isByApp = env["MOUNT_BY"] === "app";
  return (isByApp ? BUCKET_VARIABLES : (["MOUNT_PATH"] as const))
    .filter((variable) => env[variable] === undefined)
    .map((variable) => ({ variable, expected: isByApp ? "to be set where MOUNT_BY is app" : "to be set" }));
}

function databaseFaults(env: Environment): ConfigFault[] {
  const { LIBSQL_URL: url, DATABASE_FILE: file, DATABASE_AUTH_TOKEN: token } = env;
  if (url === undefined && file === undefined) {
    return [{ variable: "LIBSQL_URL", expected: "to be set, or DATABASE_FILE for a SQLite file" }];
  }
  if (url !== undefined && file !== undefined) {
    return [{ variable: "DATABASE_FILE", expected: "not to be set beside LIBSQL_URL" }];
  }
  if (url !== undefined && token === undefined) {
    return [{ variable: "DATABASE_AUTH_TOKEN", expected: "to be set with LIBSQL_URL" }];
  }
  return [];
}

function checkLibsqlUrl(text: string, context: z.RefinementCtx): void {
  const fail = (message: string) => context.addIssue({ code: "custom", message });
  const url = URL.parse(text);
  if (url === null) {
    fail("a URL");
    return;
  }
  if (!["libsql:", "https:", "http:"].includes(url.protocol)) fail("a URL that starts with libsql, https or http");
  if (url.username !== "" || url.password !== "" || url.searchParams.has("authToken")) {
    fail("a URL without credentials: they belong into DATABASE_AUTH_TOKEN");
  }
}

function filesOf(env: z.infer<typeof variables>): FilesAddress {
  if (env.MOUNT_BY !== "app") {
    const requireMount = env.REQUIRE_MOUNT === undefined ? env.BUCKET_NAME !== undefined : env.REQUIRE_MOUNT === "true";
    return { kind: "folder", mountPath: env.MOUNT_PATH ?? "", requireMount };
  }
  return {
    kind: "bucket",
    endpoint: env.AWS_ENDPOINT_URL_S3 ?? "",
    bucket: env.BUCKET_NAME ?? "",
    region: env.AWS_REGION,
    pathStyle: env.S3_PATH_STYLE === "true",
    keyId: env.AWS_ACCESS_KEY_ID ?? "",
    secret: env.AWS_SECRET_ACCESS_KEY ?? "",
  };
}

function toConfig(env: z.infer<typeof variables>): Config {
  return {
    files: filesOf(env),
    database:
      env.LIBSQL_URL === undefined
        ? { kind: "file", path: env.DATABASE_FILE ?? "" }
        : { kind: "libsql", url: env.LIBSQL_URL, token: env.DATABASE_AUTH_TOKEN ?? "" },
    replica:
      env.LIBSQL_URL === undefined || env.INDEX_REPLICA === "off"
        ? undefined
        : { folder: env.INDEX_REPLICA, maxAgeMs: env.INDEX_REPLICA_AGE_S * 1000 },
    databaseLimitMs: env.DATABASE_LIMIT_MS,
    host: env.HOST,
    port: env.PORT,
    maxNoteBytes: env.MAX_NOTE_BYTES,
    reindexConcurrency: env.REINDEX_CONCURRENCY,
    reindexIntervalMs: env.REINDEX_INTERVAL_S === 0 ? undefined : env.REINDEX_INTERVAL_S * 1000,
    stopLimitMs: env.STOP_LIMIT_MS,
    logLevel: env.LOG_LEVEL,
    tenant: env.TENANT,
  };
}
