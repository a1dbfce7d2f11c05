import { isByPath, type S3Place } from "../../../provider/tigris/addressing.ts";

/** The SQLite file, on the machine's own disk, which is new at each start. */
export const DATABASE_FILE = "/tmp/index.db";

/** Where the file's copies lie in the tenant's bucket: a folder of their own, beside the notes'. */
export const COPIES = "litestream/index.db";

/**
 * Runs an app below Litestream, which fetches the file from the bucket before the app starts, streams it there as long as the
 * app runs, and once more when it has ended. The key is that of the environment (AWS_ACCESS_KEY_ID). Pure.
 *
 * @param app its words; none may hold a blank
 */
export function streamedCommand(place: S3Place, bucket: string, app: readonly string[]): string[] {
  const copies = `s3://${bucket}/${COPIES}?${settings(place).toString()}`;
  return ["litestream", "replicate", "-restore-if-db-not-exists", "-exec", app.join(" "), DATABASE_FILE, copies];
}

/** What Litestream sets itself where the address is Tigris' own (its `IsTigrisEndpoint`), said for every address. */
function settings(place: S3Place): URLSearchParams {
  return new URLSearchParams({
    endpoint: place.endpoint,
    region: "auto",
    forcePathStyle: String(isByPath(place)),
    signPayload: "true",
    requireContentMD5: "false",
    concurrency: "2",
    partSize: String(16 * 1024 * 1024),
  });
}
