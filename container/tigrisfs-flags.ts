/** The version all of this holds for; another may have other names, and refuses to start with an unknown one. */
export const TIGRISFS_VERSION = "v1.2.1";

/** An option of TigrisFS that a machine's environment can set; `tigrisfs-options.sh` turns it into the flag. */
export interface TigrisfsFlag {
  /** Variable in the machine's environment. TigrisFS itself reads no variable for a flag. */
  readonly env: `TIGRISFS_${string}`;
  readonly flag: `-${string}`;
  /** A switch is `true` or `false` in the environment, and off by default. */
  readonly kind: "value" | "switch";
  /** What the value counts; undefined for switches. */
  readonly unit?:
    "MB" | "KB" | "entries" | "duration" | "seconds" | "attempts" | "requests" | "octal mode" | "sizes in MB";
  /** TigrisFS's own default, as its help says it; undefined for switches. */
  readonly default?: string;
  /** What the entrypoint passes when the variable is not set, where that differs from TigrisFS's own default. */
  readonly ours?: string | ((memoryLimitMb: number) => string);
  readonly meaning: string;
  /** Line of `core/cfg/flags.go` in TigrisFS's source that declares the flag and its default. */
  readonly line: number;
}

/** Every option a machine can set, by the variable's name. The source of each is TigrisFS v1.2.1, `core/cfg/flags.go`. */
export const TIGRISFS_FLAGS: readonly TigrisfsFlag[] = [
  value("MEMORY_LIMIT", "MB", "1000", 354, "file data in memory; see memory.ts for what the process takes"),
  value("ENTRY_LIMIT", "entries", "100000", 360, "names and attributes in memory, about 1 KB each"),
  value("STAT_CACHE_TTL", "duration", "1m0s", 587, "how long a change made elsewhere may be missed"),
  {
    ...value(
      "READ_RETRY_ATTEMPTS",
      "attempts",
      "0",
      623,
      "tries of a failing read; 0 is without end, and hangs the reader",
    ),
    ours: "5",
  },
  {
    ...value(
      "RETRY_INTERVAL",
      "seconds",
      "30s",
      599,
      "pause before a failed upload is tried again; whole seconds only",
    ),
    ours: "5s",
  },
  value("SDK_MAX_RETRIES", "attempts", "3", 313, "of one request, at once, before it counts as failed"),
  value("HTTP_TIMEOUT", "duration", "30s", 593, "for one request to S3"),
  value("MAX_FLUSHERS", "requests", "16", 396, "uploads at a time"),
  value("MAX_PARALLEL_PARTS", "requests", "8", 402, "uploads at a time of parts of one file"),
  {
    ...value("READ_AHEAD", "KB", "5120", 416, "read beyond what was asked for"),
    ours: eighthOfMemory(5120),
  },
  {
    ...value("READ_AHEAD_LARGE", "KB", "102400", 446, "the same in a long linear read"),
    ours: eighthOfMemory(102_400),
  },
  value("SINGLE_PART", "MB", "5", 465, "files up to this size are uploaded by one request; 5 is the least"),
  value(
    "PART_SIZES",
    "sizes in MB",
    "5:1000,25:1000,125",
    472,
    "parts of larger files; sets the largest possible file",
  ),
  value("FILE_MODE", "octal mode", "0644", 115, "of every file, unless permissions are kept"),
  value("DIR_MODE", "octal mode", "0755", 109, "of every folder, unless permissions are kept"),
  value("PRINT_STATS", "duration", "30s", 733, "how often a line with statistics is logged; 0 is never"),
  toggle(
    "FSYNC_ON_CLOSE",
    510,
    "start the upload at every close, also while somebody else has the file open; no close waits for it",
  ),
  toggle("ENABLE_PERMS", 515, "keep mode, user and group; each change costs a copy of the object"),
  toggle("ENABLE_MTIME", 532, "keep modification times; each change costs a copy of the object"),
  toggle("NO_SPECIALS", 527, "no symbolic links, sockets and pipes; they need Tigris, and are on there"),
  toggle("NO_TIGRIS_PREFETCH", 151, "do not ask Tigris to prefetch what a listing names"),
  toggle("NO_IMPLICIT_DIR", 386, "a folder without an object of its own does not exist: fewer requests"),
  toggle("NO_DIR_OBJECT", 391, "make no objects for folders: empty folders vanish"),
  toggle("NO_PRELOAD_DIR", 377, "do not list a folder when a file in it is opened"),
  toggle("CHEAP", 372, "fewer requests, slower"),
  toggle("DISABLE_XATTR", 538, "no extended attributes; long listings are faster"),
  { ...toggle("READ_ONLY", 99, "mount read-only; the key should be read-only too"), flag: "-o=ro" },
];

function value(
  name: string,
  unit: NonNullable<TigrisfsFlag["unit"]>,
  byDefault: string,
  line: number,
  meaning: string,
): TigrisfsFlag {
  return { env: `TIGRISFS_${name}`, flag: flagOf(name), kind: "value", unit, default: byDefault, meaning, line };
}

function toggle(name: string, line: number, meaning: string): TigrisfsFlag {
  return { env: `TIGRISFS_${name}`, flag: flagOf(name), kind: "switch", meaning, line };
}

function flagOf(name: string): `--${string}` {
  return `--${name.toLowerCase().replaceAll("_", "-")}`;
}

/** In KB, at most TigrisFS's own default: with more, reads of large files fail for want of memory (`mount.sh` says the same). */
function eighthOfMemory(most: number): (memoryLimitMb: number) => string {
  return (memoryLimitMb) => String(Math.min(most, memoryLimitMb * 128));
}
