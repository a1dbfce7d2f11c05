import { Refusal } from "./refusal.ts";

/** Of S3, and of a file's name at the engine, which keeps a key's parts as folders and a file. */
const LONGEST = { key: 1024, part: 255 };

/**
 * Refuses a key that the engine cannot store unchanged: too long, or one that it would treat as another. versitygw 1.8.0
 * cleans a key as a path, so that `a//b`, `a/./b` and `/a/b` would all write, read and delete the object `a/b`. Tigris knows
 * these keys; to read one here finds nothing, as none can exist.
 */
export function refuseKey(key: string, purpose: "read" | "write"): void {
  const bytes = Buffer.byteLength(key);
  const parts = (key.endsWith("/") ? key.slice(0, -1) : key).split("/");
  if (bytes > LONGEST.key || parts.some((part) => Buffer.byteLength(part) > LONGEST.part)) {
    throw new Refusal(400, "KeyTooLongError", "Your key is too long.");
  }
  if (!parts.some((part) => part === "" || part === "." || part === "..")) return;
  if (purpose === "read") throw new Refusal(404, "NoSuchKey", "The specified key does not exist.");
  throw new Refusal(501, "NotImplemented", `The embedded Tigris cannot keep the key ${JSON.stringify(key)}.`);
}
