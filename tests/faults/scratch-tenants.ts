import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { S3Client } from "@aws-sdk/client-s3";

import { ownSettings } from "../../provider/tigris/own-settings.ts";
import type { Accounts } from "../../stack/accounts.ts";
import type { StackSettings } from "../../stack/settings.ts";
import { startCloud, type TestCloud } from "../support/cloud.ts";
import { embeddedSettings } from "../support/embedded-settings.ts";
import { discard } from "../support/evidence.ts";
import { outsider } from "../support/outsider.ts";

/** A cloud in which tenants live, one after the other. */
export interface ScratchTenants {
  readonly cloud: TestCloud;
  readonly settings: StackSettings;
  readonly accounts: Accounts;
  /** The administrator's, for looking. */
  readonly s3: S3Client;
  /** Where exports go. */
  readonly place: string;
  dispose(): Promise<void>;
}

export async function openScratchTenants(): Promise<ScratchTenants> {
  const cloud = await startCloud();
  const { tigris, turso, fly } = cloud.descriptor;
  const s3 = new S3Client({ ...ownSettings(tigris), region: "auto", credentials: tigris });
  const place = mkdtempSync(join(tmpdir(), "tenantry-sweep-"));
  // A life does in seconds what takes others months.
  await outsider(cloud).fly("PUT", "/_embedded/rate-limits", { enabled: false });
  return {
    cloud,
    settings: embeddedSettings(cloud.descriptor),
    accounts: { tigris: { ...tigris, machineEndpoint: tigris.endpoint }, turso, fly },
    s3,
    place,
    async dispose() {
      s3.destroy();
      discard(place);
      await cloud.dispose();
    },
  };
}
