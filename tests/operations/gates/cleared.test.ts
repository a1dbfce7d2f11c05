import { describe, expect, it } from "@jest/globals";

import { TenantryError } from "../../../errors/tenantry-error.ts";
import { cleared } from "../../../operations/gates/cleared.ts";
import { gateErrors } from "../../../operations/gates/errors.ts";
import type { VendorCalls } from "../../../operations/gates/vendor-calls.ts";

/** Vendors that answer each removal of a bucket with the next of these. */
function answering(...statuses: number[]): { readonly calls: VendorCalls; readonly left: number[] } {
  const left = [...statuses];
  const s3: VendorCalls["s3"] = () => {
    const status = left.shift() ?? 204;
    if (status === 204) return Promise.resolve({ status, text: "", headers: {} });
    return Promise.reject(new TenantryError(gateErrors.GATE_CALL_FAILED, `${status}`, { status }));
  };
  const never = () => Promise.reject(new Error("not asked for"));
  return { calls: { s3, iam: never, turso: never, fly: never }, left };
}

const MADE = [{ kind: "bucket", name: "tnt-gate-1" }] as const;

describe("what a run of gates has made", () => {
  it.each([
    ["at once", [204]],
    ["after it was emptied for longer than an answer is awaited", [0, 0, 204]],
    ["by the very question that got no answer", [0, 404]],
  ])("is gone: %s", async (_how, statuses) => {
    const { calls, left } = answering(...statuses);
    expect([await cleared(calls, MADE), left]).toEqual([[], []]);
  });

  it("is named when the vendor refuses, or never answers", async () => {
    expect(await cleared(answering(403).calls, MADE)).toEqual([expect.stringContaining("bucket tnt-gate-1: ")]);
    const { calls } = answering(...Array.from({ length: 100 }, () => 0));
    expect(await cleared(calls, MADE)).toEqual([expect.stringContaining("bucket tnt-gate-1: ")]);
  });
});
