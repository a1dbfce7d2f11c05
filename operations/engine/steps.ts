import * as z from "zod";

import { remembered } from "../../output/remembered.ts";
import { parseUrn } from "../../resource-kinds/urn.ts";
import type { PreviewStep } from "./preview-digest.ts";

export const SHARED = "(stack)";
export const TENANT_TYPE = "tenantry:index:Tenant";

/**
 * The one step per resource that counts. With `--refresh` a preview first tells what the vendors have, then what the `up`
 * would do about it: the later step knows both. A replacement comes as up to three steps, of which one has the settings.
 */
export function countingSteps(steps: readonly PreviewStep[]): ReadonlyMap<string, PreviewStep> {
  const counting = new Map<string, PreviewStep>();
  for (const step of steps) {
    const earlier = counting.get(step.urn);
    const isPart = earlier !== undefined && operationOf(earlier.op) === "replace" && operationOf(step.op) === "replace";
    if (!isPart || settingsIn(step) > settingsIn(earlier)) counting.set(step.urn, step);
  }
  return counting;
}

export function settingsIn({ detailedDiff }: PreviewStep): number {
  return Object.keys(detailedDiff ?? {}).length;
}

/** The tenant a resource belongs to: all below a Tenant component are named after it. */
export const tenantOf = remembered((urn) => {
  const { types, name } = parseUrn(urn);
  return types.includes(TENANT_TYPE) ? (name.split("/")[0] ?? name) : SHARED;
});

export function typeOf({ urn }: PreviewStep): string {
  return parseUrn(urn).types.at(-1) ?? "";
}

export function operationOf(op: string): Exclude<Action, "rotate"> | undefined {
  switch (op) {
    case "create":
    case "import":
      return "create";
    case "update":
      return "update";
    case "replace":
    case "create-replacement":
    case "delete-replaced":
    case "import-replacement":
      return "replace";
    case "delete":
      return "delete";
    default:
      return undefined;
  }
}

/** What happens, or has happened, to one resource. `rotate`: a credential is minted anew because of its age or epoch. */
export const action = z.enum(["create", "update", "replace", "rotate", "delete"]);
export type Action = z.infer<typeof action>;
