import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { CreateBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import { createAccessKey } from "@tigrisdata/iam";

import type { BucketAccess } from "../../../operations/files/key-forms.ts";
import type { Mode } from "../../../operations/files/backend-keys/backend-keys.ts";
import { dataOf, iamFor, s3For } from "../../local/tigris/clients.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";

/** A cloud with one tenant's bucket, keys for it, and a folder for what a test does on "a laptop". */
export interface Laptop {
  readonly cloud: TestCloud;
  readonly dir: string;
  readonly bucket: string;
  /** Root's client. */
  readonly s3: S3Client;
  /** A key of its own for this bucket. */
  access(name: string, mode: Mode): Promise<BucketAccess>;
  dispose(): Promise<void>;
}

export async function laptop(): Promise<Laptop> {
  const cloud = await startCloud({ vendors: ["tigris"] });
  const dir = mkdtempSync(join(tmpdir(), "tenantry-laptop-"));
  const s3 = s3For(cloud);
  const bucket = "tnt-local-acme";
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    cloud,
    dir,
    bucket,
    s3,
    async access(name, mode) {
      const role = mode === "read-only" ? ("ReadOnly" as const) : ("Editor" as const);
      const made = await createAccessKey(name, { bucketsRole: [{ bucket, role }], config: iamFor(cloud) });
      const { id, secret = "" } = dataOf(made);
      const place = { backend: "tigris", bucket, region: "auto" } as const;
      const key = { name, mode, ...place, keyId: id, secret, issued: "", due: "", enabled: true };
      return {
        tenant: "acme",
        key,
        endpoint: cloud.descriptor.tigris.endpoint,
        tigrisfs: { TIGRISFS_STAT_CACHE_TTL: "1s" },
      };
    },
    async dispose() {
      rmSync(dir, { recursive: true, force: true });
      await cloud.dispose();
    },
  };
}
