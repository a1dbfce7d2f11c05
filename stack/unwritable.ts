import { TenantryError } from "../errors/tenantry-error.ts";
import { stackErrors } from "./errors.ts";

const FULL = new Set(["ENOSPC", "EDQUOT"]);
const REFUSED = new Set([
  ...["EACCES", "EPERM", "EROFS", "ENOTDIR", "EISDIR", "ELOOP", "ENAMETOOLONG", "EIO", "EFBIG", "ETXTBSY"],
  // Node reports ENOENT for a folder on a read-only disk, and EEXIST for a file in the folder's place.
  ...["ENOENT", "EEXIST"],
]);
// SQLite's primary result codes (sqlite.org/rescode.html): FULL; PERM, READONLY, IOERR, CANTOPEN.
const SQLITE_FULL = 13;
const SQLITE_REFUSED = new Set([3, 8, 10, 14]);

/** What Node's own errors of files and of SQLite carry. */
interface SystemError {
  readonly code: string;
  readonly path: string;
  readonly errcode: number;
  readonly message: string;
}

/**
 * Turns the system's error for a file that was being written into NO_SPACE or NOT_WRITABLE with the path. Returns any other
 * error unchanged.
 *
 * @param path the file that was being written, if the error does not name it
 */
export function unwritable(path: string, error: unknown): unknown {
  if (typeof error !== "object" || error === null || error instanceof TenantryError) return error;
  const { code = "", path: own = path, errcode = 0, message = "" } = error as Partial<SystemError>;
  const primary = errcode & 0xff;
  if (FULL.has(code) || primary === SQLITE_FULL)
    return new TenantryError(stackErrors.NO_SPACE, `no space left for ${own}`, { cause: error });
  if (REFUSED.has(code) || SQLITE_REFUSED.has(primary))
    return new TenantryError(stackErrors.NOT_WRITABLE, `${own}: ${message}`, { cause: error });
  return error;
}
