/** Buckets have host names below this one: `bucket.localhost`, which is this computer by RFC 6761. */
export const NAMES_BELOW = "localhost";

/** The host of what the gateway asks of the engine in root's name, with the bucket in the path. */
export const ENGINE_HOST = "127.0.0.1";

/** The bucket that a Host header names; undefined where it is an endpoint's own, or an address in numbers. Pure. */
export function bucketInHost(host = ""): string | undefined {
  const name = host.replace(/:\d+$/, "");
  return name.endsWith(`.${NAMES_BELOW}`) ? name.slice(0, -NAMES_BELOW.length - 1) : undefined;
}
