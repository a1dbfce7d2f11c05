import type { Places } from "../../../operations/verify/attempt.ts";
import { inLanes } from "../../../operations/engine/lanes.ts";
import type { Credential, Kind, Party } from "../../../operations/verify/party.ts";
import { openSender } from "../../../operations/verify/sender.ts";
import { verify, type Found, type VerifyParts } from "../../../operations/verify/verify.ts";
import { policyName } from "../../../provider/tigris/access-key-names.ts";
import { type Mode, policyDocument } from "../../../provider/tigris/policy-document.ts";
import { networkName, physicalNames } from "../../../tenants/physical-name.ts";
import type { TestCloud } from "../../support/cloud.ts";
import { outsider } from "../../support/outsider.ts";

const FLEET = { prefix: "tst", stack: "local", fleetId: "0123456789abcdef0123456789abcdef" };

/** How a fleet is made otherwise than tenantry makes it. */
export interface Mutant {
  readonly policy?: (bucket: string, mode: Mode) => object;
  readonly network?: (own: string) => string;
}

/** Makes tenants at the vendors as the provider does, with the product's own policies and names, but without an engine. */
export async function madeFleet(cloud: TestCloud, ids: readonly string[], mutant: Mutant = {}): Promise<Party[]> {
  const { iam, s3, turso, fly } = outsider(cloud);
  await fly("PUT", "/_embedded/rate-limits", { enabled: false });
  await turso("POST", "/groups", { name: "g", location: "aws-us-east-1" }).catch(() => undefined);
  const key = async (bucket: string, purpose: string, mode: Mode): Promise<Credential> => {
    const name = policyName({ bucket, purpose, mode });
    const document = (mutant.policy ?? policyDocument)(bucket, mode);
    const { CreatePolicyResult } = await iam<{ CreatePolicyResult: { Policy: { Arn: string } } }>("CreatePolicy", {
      PolicyName: name,
      PolicyDocument: JSON.stringify(document),
    });
    const made = await iam<{ CreateAccessKeyResult: { AccessKey: { AccessKeyId: string; SecretAccessKey: string } } }>(
      "CreateAccessKeyWithBucketsRole",
      { Req: JSON.stringify({ name, buckets_role: [] }) },
    );
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = made.CreateAccessKeyResult.AccessKey;
    await iam("AttachUserPolicy", { PolicyArn: CreatePolicyResult.Policy.Arn, UserName: accessKeyId });
    return { accessKeyId, secretAccessKey };
  };
  return inLanes(ids, 8, async (tenant): Promise<Party> => {
    const names = physicalNames({ ...FLEET, tenant, tursoOrganization: cloud.descriptor.turso.organization });
    const { bucket, app } = names;
    await s3("PUT", `/${bucket}`);
    const own = networkName({ ...FLEET, app, tenant });
    await fly("POST", "/apps", {
      app_name: app,
      org_slug: cloud.descriptor.fly.organization,
      network: (mutant.network ?? ((name) => name))(own),
    });
    const [machine, writer, reader, { database }, { token: deploy }] = await Promise.all([
      key(bucket, "machine", "read-write"),
      key(bucket, "access-alice", "read-write"),
      key(bucket, "access-bob", "read-only"),
      turso<{ database: { Hostname: string } }>("POST", "/databases", { name: names.database, group: "g" }),
      fly<{ token: string }>("POST", `/apps/${app}/deploy_token`, {}),
    ]);
    const { jwt } = await turso<{ jwt: string }>("POST", `/databases/${names.database}/auth/tokens?expiration=1h`);
    const { id: machineId } = await fly<{ id: string }>("POST", `/apps/${app}/machines`, {
      config: { image: "nothing" },
    });
    return {
      tenant,
      bucket,
      database: { name: names.database, url: `http://${database.Hostname}` },
      app,
      machineId,
      credentials: { machine, writer, reader, database: { token: jwt }, deploy: { token: deploy }, ...operator(cloud) },
    };
  });
}

function operator(cloud: TestCloud): Partial<Record<Kind, Credential>> {
  return { neighbour: { token: cloud.descriptor.fly.token } };
}

export function placesOf({ descriptor: { tigris, turso, fly, admin } }: TestCloud): Places {
  return {
    s3: tigris,
    iam: tigris.iamEndpoint,
    turso: `${turso.endpoint}/v1/organizations/${turso.organization}`,
    fly: fly.endpoint,
    flyOrganization: fly.organization,
    admin: admin.endpoint,
  };
}

/** Attacks a fleet that was made. */
export async function attacked(
  cloud: TestCloud,
  parties: readonly Party[],
  more: Partial<VerifyParts> = {},
): Promise<Found> {
  const sender = openSender();
  try {
    return await verify({
      parties,
      places: placesOf(cloud),
      sender,
      seed: "seed",
      now: () => new Date(),
      signal: new AbortController().signal,
      bucketNameOf: (tenant) =>
        physicalNames({ ...FLEET, tenant, tursoOrganization: cloud.descriptor.turso.organization }).bucket,
      ...more,
    });
  } finally {
    sender.close();
  }
}
