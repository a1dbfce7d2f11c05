import { createHmac } from "node:crypto";

import type { KeyPair } from "./clients.ts";

const sign = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();

/** Uploads by a browser's form with a signed policy (SigV4), as `getSignedUploadUrl` makes them. Answers the status. */
export async function sendForm(endpoint: string, bucket: string, { accessKeyId, secretAccessKey }: KeyPair) {
  const moment = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const day = moment.slice(0, 8);
  const fields = {
    key: "form",
    "x-amz-algorithm": "AWS4-HMAC-SHA256",
    "x-amz-credential": `${accessKeyId}/${day}/auto/s3/aws4_request`,
    "x-amz-date": moment,
  };
  const policy = {
    expiration: new Date(Date.now() + 600_000).toISOString(),
    conditions: [{ bucket }, ...Object.entries(fields).map(([name, value]) => ({ [name]: value }))],
  };
  const encoded = Buffer.from(JSON.stringify(policy)).toString("base64");
  const key = ["auto", "s3", "aws4_request"].reduce(sign, sign(`AWS4${secretAccessKey}`, day));
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("policy", encoded);
  form.append("x-amz-signature", sign(key, encoded).toString("hex"));
  form.append("file", new Blob(["x"]), "form.txt");
  return (await fetch(`${endpoint}/${bucket}`, { method: "POST", body: form })).status;
}
