import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";

import type { Gateway } from "./gateway.ts";
import { REGION } from "./versitygw.ts";

/** Signs what the gateway asks of the engine in root's name, for callers whose right it has judged itself. */
export function rootSigner({ root }: Pick<Gateway, "root">): SignatureV4 {
  return new SignatureV4({ credentials: root, region: REGION, service: "s3", sha256: Sha256, uriEscapePath: false });
}
