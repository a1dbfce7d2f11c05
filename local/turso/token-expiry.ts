/**
 * The `exp` of the token in an Authorization header, in seconds since 1970; undefined when there is none to be read.
 *
 * sqld checks tokens, but takes an expired one for 60 more seconds. Rotation is planned in days and tested in seconds,
 * so the embedded cloud ends a token when it says it ends. Tokens sent inside a WebSocket only meet sqld's check.
 */
export function expiryOf(authorization: string | undefined): number | undefined {
  const payload = /^bearer\s+[^.]+\.([^.]+)\./i.exec(authorization ?? "")?.[1];
  if (payload === undefined) return undefined;
  try {
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as { exp?: unknown } | null;
    return typeof claims?.exp === "number" ? claims.exp : undefined;
  } catch {
    return undefined;
  }
}
