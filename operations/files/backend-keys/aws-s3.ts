import { awsEndpoint } from "../../../components/storage/aws-endpoint.ts";
import { parseUrn } from "../../../resource-kinds/urn.ts";
import { inClear, type StoredResource } from "../../engine/stack-state.ts";
import type { BackendKeys, Mode, OpenKey } from "./backend-keys.ts";

/**
 * At AWS a person is a user with a policy and a key, each a resource named after the tenant and the person, as
 * components/storage/aws-s3.ts makes them; the bucket is named after the tenant. Keys there do not age.
 */
export const awsKeys: BackendKeys = {
  rcloneProvider: "AWS",
  keys(tenant, resources) {
    const bucket = named(resources, "aws:s3/bucket:Bucket", tenant);
    if (bucket === undefined) return [];
    const place = {
      backend: "aws-s3",
      bucket: String(bucket.outputs["bucket"] ?? bucket.inputs["bucket"]),
      region: String(bucket.outputs["region"] ?? bucket.inputs["region"]),
    } as const;
    return epochsOf(tenant, resources).map(({ name, key: { id = "", inputs, outputs } }): OpenKey => {
      const mode = modeOf(named(resources, "aws:iam/userPolicy:UserPolicy", `${tenant}/${name}`));
      const { createDate: issued = "" } = outputs as { readonly createDate?: string };
      const enabled = inputs["status"] !== "Inactive";
      return {
        name,
        mode,
        keyId: id,
        ...place,
        issued,
        due: null,
        enabled,
        secret: String(inClear(outputs["secret"])),
      };
    });
  },
  place: ({ region }) => ({ endpoint: awsEndpoint(region) }),
};

function named(resources: readonly StoredResource[], type: string, name: string): StoredResource | undefined {
  return resources.find((each) => each.type === type && parseUrn(each.urn).name === name);
}

/** People's keys, the newest epoch first: an interrupted `up` may leave two of one person. The machine's have no person. */
function epochsOf(tenant: string, resources: readonly StoredResource[]): { name: string; key: StoredResource }[] {
  const found = resources.flatMap((key) => {
    if (key.type !== "aws:iam/accessKey:AccessKey") return [];
    const [of, name, epoch] = parseUrn(key.urn).name.split("/");
    return of === tenant && name !== undefined && epoch !== undefined ? [{ name, epoch, key }] : [];
  });
  return found.sort((one, other) => Number(other.epoch.slice(1)) - Number(one.epoch.slice(1)));
}

/** Without a policy the user may do nothing: the next `up` makes it. */
function modeOf(policy: StoredResource | undefined): Mode {
  return String(policy?.inputs["policy"]).includes(`"s3:PutObject"`) ? "read-write" : "read-only";
}
