import { parseUrn } from "../../resource-kinds/urn.ts";
import { tenantOf } from "../review/changes.ts";
import type { PreviewDigest, PreviewStep } from "../engine/preview-digest.ts";

/** A resource that stands in the state, and what a refresh saw of it. */
export interface SeenResource {
  readonly urn: string;
  /** Its token: `tenantry:tigris:Bucket`. */
  readonly type: string;
  readonly tenant: string;
  /** What its aspects begin with: `bucket`, `key/alice`. */
  readonly root: string;
  /** For people: `bucket`, `access key alice`. */
  readonly label: string;
  readonly id: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly step: PreviewStep;
}

/** Roots of aspects and words for people, by token. */
const WORDS: Readonly<Record<string, readonly [root: string, label: string]>> = {
  "tenantry:tigris:Bucket": ["bucket", "bucket"],
  "tenantry:tigris:AccessKey": ["key", "access key"],
  "tenantry:turso:Group": ["group", "database group"],
  "tenantry:turso:Database": ["database", "database"],
  "tenantry:turso:DatabaseToken": ["token", "database token"],
  "tenantry:fly:App": ["app", "app"],
  "tenantry:fly:IpAssignment": ["addresses", "addresses"],
  "tenantry:fly:Secrets": ["secrets", "secrets"],
  "tenantry:fly:Machine": ["machine", "machine"],
  "tenantry:fly:Volume": ["volume", "volume"],
};

/** The resources at vendors that a refresh told of, in its order. */
export function seenResources({ steps }: PreviewDigest): SeenResource[] {
  return steps.flatMap((step) => {
    const { types, name } = parseUrn(step.urn);
    const type = types.at(-1) ?? "";
    // Components, the stack itself and providers stand at no vendor.
    if (/^(?:pulumi:|tenantry:index:)/.test(type)) return [];
    const [root, label] = WORDS[type] ?? foreignWords(type);
    const part = name.includes("/") ? name.slice(name.indexOf("/") + 1) : undefined;
    const state = step.oldState;
    const { inputs = {}, outputs = {} } = state ?? {};
    return [
      {
        urn: step.urn,
        type,
        tenant: tenantOf(step.urn),
        root: part === undefined ? root : `${root}/${part}`,
        label: part === undefined ? label : `${label} ${part}`,
        id: state?.id ?? "",
        inputs,
        outputs,
        step,
      },
    ];
  });
}

/** Resources of other providers, like AWS' buckets: `aws:s3/bucket:Bucket` is the `bucket`. */
function foreignWords(type: string): [string, string] {
  const word = (type.split(":").at(-1) ?? type).replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, " ").toLowerCase();
  return [word.replaceAll(" ", "-"), word];
}
