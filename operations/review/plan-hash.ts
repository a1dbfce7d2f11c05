import { createHash } from "node:crypto";

import { canonical } from "../engine/canonical.ts";
import type { Fingerprint } from "./fingerprint.ts";

/**
 * The identity of a plan: `sha256:<64 hex digits>` over the stack's desired inputs and its prior state. Two plans have the
 * same one when applying either does the same: order and time play no part, every setting does.
 */
export function planHash(stack: string, print: Fingerprint): string {
  return `sha256:${createHash("sha256").update(canonical({ stack, print })).digest("hex")}`;
}
