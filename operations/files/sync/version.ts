/** One state of a file's content, on one side. */
export interface Version {
  /** Bytes. */
  readonly size: number;
  /** Folder: MD5 in hex. Bucket: the ETag, which is the MD5 too unless the object was uploaded in parts. */
  readonly id: string;
}

/** Files of one side by path: parts joined by `/`, as in the bucket. */
export type Files<V extends Version = Version> = ReadonlyMap<string, V>;

/** What one side holds, and what of it is not carried. */
export interface Listing<V extends Version = Version> {
  readonly files: Files<V>;
  /** What is not carried, by path, with the reason: a file, or a folder with all that is below it. */
  readonly skipped: ReadonlyMap<string, Skipped>;
  /** What the ignore list leaves alone. */
  readonly ignored: readonly string[];
}

export interface Skipped {
  readonly reason: string;
  /** Whether it holds what a person may miss: not so for links and special files. */
  readonly isRefused: boolean;
}

/** Whether two versions, one of each side, hold the same. Undefined: their ids can't tell. */
export function isSame(one: Version, other: Version): boolean | undefined {
  if (one.size !== other.size) return false;
  if (one.id === other.id) return true;
  return isMd5(one.id) && isMd5(other.id) ? false : undefined;
}

/** False for the ETag of an object that was uploaded in parts: `<hex>-<parts>`. */
export function isMd5(id: string): boolean {
  return /^[0-9a-f]{32}$/.test(id);
}
