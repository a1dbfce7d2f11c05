import { parseUrn } from "../../resource-kinds/urn.ts";
import { tenantOf } from "../engine/steps.ts";
import type { PreviewDigest, PreviewStep } from "../engine/preview-digest.ts";
import { kindOf } from "../../resource-kinds/kinds.ts";

/** A resource that is in the state, and what a refresh saw of it. */
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

/** The resources at vendors that a refresh told of, in its order. */
export function seenResources({ steps }: PreviewDigest): SeenResource[] {
  return steps.flatMap((step) => {
    const { types, name } = parseUrn(step.urn);
    const type = types.at(-1) ?? "";
    const kind = kindOf(type);
    if (kind === undefined) return [];
    const { root, word } = kind;
    const part = name.includes("/") ? name.slice(name.indexOf("/") + 1) : undefined;
    const state = step.oldState;
    const { inputs = {}, outputs = {} } = state ?? {};
    return [
      {
        urn: step.urn,
        type,
        tenant: tenantOf(step.urn),
        root: part === undefined ? root : `${root}/${part}`,
        label: part === undefined ? word : `${word} ${part}`,
        id: state?.id ?? "",
        inputs,
        outputs,
        step,
      },
    ];
  });
}
