import { describe, expect, it } from "@jest/globals";

import type { TenantOutcome } from "../../../operations/engine/deployment-events.ts";
import { fateOf } from "../../../operations/offboarding/purging.ts";
import { resolveTenant } from "../../../tenants/model/resolve-tenant.ts";
import { committedPlans } from "../../tenants/plans.ts";

const tenant = resolveTenant("acme", { owner: "a@b.example" }, committedPlans());
const outcome = (of: string, result: TenantOutcome["result"], deleted: number, open: string[] = []): TenantOutcome => ({
  tenant: of,
  result,
  done: { create: 0, update: 0, replace: 0, rotate: 0, delete: deleted },
  open,
  errors: [],
  warnings: [],
});

describe("what a run has done to a tenant that is to be deleted", () => {
  it.each([
    ["gone", "all of it was deleted", [outcome("acme", "ok", 8)]],
    ["partly", "a deletion failed", [outcome("acme", "failed", 7)]],
    ["partly", "it was interrupted at the first", [outcome("acme", "interrupted", 0, ["bucket delete"])]],
    ["untouched", "the run was about another", [outcome("beta", "ok", 8)]],
    ["untouched", "the run ended before it came to it", [outcome("acme", "untouched", 0)]],
    ["untouched", "nothing was done", []],
  ] as const)("is %s when %s", (fate, _, outcomes) => {
    expect(fateOf({ tenant }, outcomes)).toBe(fate);
  });
});
