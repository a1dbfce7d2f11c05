import { expect, it } from "@jest/globals";
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";

import { verifySignature } from "../../../local/tigris/signature.ts";

const KEY = { accessKeyId: "tid_one", secretAccessKey: "s".repeat(40) };
const REQUEST = { method: "GET", protocol: "http:", hostname: "127.0.0.1", path: "/bucket" };
const DAYS = ["2026-01-31T12:00:00Z", "2026-02-01T12:00:00Z"].map((text) => new Date(text));
const REGIONS = ["auto", "eu-west-1"];

async function signedAt(now: Date, region: string) {
  const signer = new SignatureV4({ credentials: KEY, region, service: "s3", sha256: Sha256, uriEscapePath: false });
  const { headers } = await signer.sign({ ...REQUEST, headers: { host: "127.0.0.1" } }, { signingDate: now });
  const lowered = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return { method: REQUEST.method, url: REQUEST.path, headers: lowered, body: "" };
}

it("signatures of one key are good on each day and in each region, in any order", async () => {
  for (const day of [...DAYS, ...DAYS])
    for (const region of REGIONS)
      expect(verifySignature(await signedAt(day, region), () => KEY.secretAccessKey, day)).toBe(KEY.accessKeyId);
});
