import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";

import type { TestCloud } from "./cloud.ts";
import { discard } from "./evidence.ts";
import { scratchProject, type ScratchProject } from "./scratch-project.ts";

/** The stack of a team project. */
export const TEAM_STACK = "dev";

/** A project as a team has it: accounts and state come from the environment alone, the state lies in a bucket. */
export interface TeamProject extends ScratchProject {
  /** The variables that another computer needs to work on the same stack: nothing of this one's disk is in them. */
  elsewhere(): Record<string, string>;
}

/**
 * Makes a project whose stack `dev` takes the test's cloud for the real vendors. The stack itself is not made yet. `verbs` and
 * `secrets`: see scratch-project.ts.
 */
export async function teamProject(
  cloud: TestCloud,
  {
    prefix = "team",
    verbs = "cold",
    secrets = "passphrase",
  }: { prefix?: string; verbs?: "cold" | "warm"; secrets?: "passphrase" | "key service" } = {},
): Promise<TeamProject> {
  const { tigris, turso, fly } = cloud.descriptor;
  const bucket = `${prefix}-state`;
  await s3Of(cloud).send(new CreateBucketCommand({ Bucket: bucket }));
  const homes: string[] = [];
  const newHome = () => {
    const home = mkdtempSync(join(tmpdir(), "tenantry-team-"));
    homes.push(home);
    return home;
  };
  const credentials = {
    TIGRIS_ACCESS_KEY_ID: tigris.accessKeyId,
    TIGRIS_SECRET_ACCESS_KEY: tigris.secretAccessKey,
    TURSO_API_TOKEN: turso.token,
    FLY_API_TOKEN: fly.token,
    AWS_ACCESS_KEY_ID: tigris.accessKeyId,
    AWS_SECRET_ACCESS_KEY: tigris.secretAccessKey,
    PULUMI_BACKEND_URL: stateUrl(cloud, bucket),
    PULUMI_CONFIG_PASSPHRASE: "the team's",
    TENANTRY_STACK: TEAM_STACK,
  };
  const elsewhere = () => {
    const home = newHome();
    return { ...credentials, TENANTRY_HOME: home, PULUMI_HOME: join(home, "pulumi") };
  };
  const mine = elsewhere();
  const project = scratchProject(mine.TENANTRY_HOME, { verbs, secrets, stack: TEAM_STACK });
  Object.assign(project.env, mine);
  project.settings({ ...endpointsOf(cloud), prefix });
  pinImages(join(project.dir, "tenants/plans.yaml"));
  return {
    ...project,
    elsewhere,
    dispose() {
      project.dispose();
      homes.forEach(discard);
    },
  };
}

/** How Pulumi is told that the state lies in this bucket of the cloud. */
export function stateUrl({ descriptor: { tigris } }: TestCloud, bucket: string): string {
  return `s3://${bucket}?endpoint=${tigris.endpoint}&s3ForcePathStyle=true&region=auto`;
}

/** A client with the rights of the whole organisation. */
export function s3Of({ descriptor: { tigris } }: TestCloud): S3Client {
  return new S3Client({ endpoint: tigris.endpoint, region: "auto", forcePathStyle: true, credentials: tigris });
}

/** The settings of a stack that takes the cloud for the real vendors. */
function endpointsOf({ descriptor: { tigris, turso, fly } }: TestCloud): Record<string, string> {
  return {
    cloud: "real",
    tigrisEndpoint: tigris.endpoint,
    tigrisIamEndpoint: tigris.iamEndpoint,
    tigrisMachineEndpoint: tigris.endpoint,
    tursoEndpoint: turso.endpoint,
    tursoOrganization: turso.organization,
    flyEndpoint: fly.endpoint,
    flyOrganization: fly.organization,
  };
}

/** A stack on real accounts refuses an image that is not named by its digest. */
function pinImages(plans: string): void {
  const pinned = `image: ghcr.io/acme/agent@sha256:${"a1".repeat(32)}`;
  writeFileSync(plans, readFileSync(plans, "utf8").replaceAll(/image: .*/g, pinned));
}
