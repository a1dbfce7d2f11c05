import type { PlannedResource, Policy } from "./policy.ts";

/** Each closes another way in; only all four together keep a bucket private. */
const BLOCKS = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];

/** Refuses a plan that would open a bucket to the public. */
export const bucketPrivate: Policy = {
  name: "bucket-private",
  demands: "A tenant's bucket is private: on AWS with a public access block that blocks all four ways.",
  check: ({ resources }) => [
    ...resources.flatMap(opened).map((message) => ({ message })),
    ...unblocked(resources).map((message) => ({ message })),
  ],
};

function opened({ type, name, inputs }: PlannedResource): string[] {
  const access = type === "tenantry:tigris:Bucket" ? inputs["access"] : inputs["acl"];
  if (!/bucket/i.test(type) || typeof access !== "string" || access === "private") return [];
  return [`the bucket of ${name} would be ${access}; it has to be private`];
}

function unblocked(resources: readonly PlannedResource[]): string[] {
  const buckets = resources.filter(({ type }) => /^aws:s3\/bucket(?:V2)?:Bucket(?:V2)?$/.test(type));
  const blocks = resources.filter(({ type }) => type.endsWith(":BucketPublicAccessBlock"));
  if (buckets.length === 0) return [];
  if (blocks.length < buckets.length) return ["the bucket on AWS has no public access block; it needs one"];
  return blocks.flatMap(({ inputs }) => {
    const open = BLOCKS.filter((block) => inputs[block] !== true);
    return open.length === 0 ? [] : [`the bucket's public access block leaves open: ${open.join(", ")}`];
  });
}
