import { createHmac, randomBytes } from "node:crypto";

const LOCATION = "https://api.fly.io/v1";

/**
 * A token in the form of Fly's, without caveats: `fm2_` and a macaroon in MessagePack and base64 (superfly/macaroon,
 * macaroon.go, nonce.go, format.go). flyctl parses its tokens and drops an invalid one. What it may do is in the embedded
 * cloud's own tables; nobody can guess the random parts.
 */
export function mintMacaroon(): string {
  const nonce = array(binary(randomBytes(16)), binary(randomBytes(16)), FALSE);
  const tail = createHmac("sha256", randomBytes(32)).update(nonce).digest();
  return `fm2_${array(nonce, text(LOCATION), array(), binary(tail)).toString("base64")}`;
}

// MessagePack, as far as a macaroon needs it.
const FALSE = Buffer.from([0xc2]);

function array(...items: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from([0x90 + items.length]), ...items]);
}

function binary(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0xc4, bytes.length]), bytes]);
}

function text(characters: string): Buffer {
  const bytes = Buffer.from(characters, "utf8");
  return Buffer.concat([Buffer.from([0xa0 + bytes.length]), bytes]);
}
