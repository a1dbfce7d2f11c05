/**
 * The address of a database's data plane, from the hostname that the platform API returned; it is never built from names.
 * Without TLS where the platform API has none, which is only the embedded cloud.
 *
 * Source: docs.turso.tech/sdk/http/reference
 */
export function dataUrl(platformEndpoint: string, hostname: string): string {
  return `${new URL(platformEndpoint).protocol}//${hostname}`;
}

/** The address for libSQL clients: `libsql://<hostname>`, and `http://<hostname>` for the embedded cloud. */
export function libsqlUrl(platformEndpoint: string, hostname: string): string {
  return dataUrl(platformEndpoint, hostname).replace("https:", "libsql:");
}
