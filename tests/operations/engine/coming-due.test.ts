import { describe, expect, it } from "@jest/globals";

import { comingDue, dueLine, expiredTenants } from "../../../operations/engine/coming-due.ts";
import type { Credential } from "../../../operations/engine/credentials.ts";
import { dueShown } from "../../../operations/review/due-shown.ts";
import { resolveTenant } from "../../../tenants/model/resolve-tenant.ts";
import type { TenantFile } from "../../../tenants/model/tenant-file.ts";
import { committedPlans } from "../../tenants/plans.ts";

const NOW = new Date("2026-11-23T12:00:00Z");
const plans = committedPlans();
const tenant = (id: string, more: Partial<TenantFile> = {}) =>
  resolveTenant(id, { owner: "a@b.example", ...more }, plans);
const credential = (what: string, due: string): Credential => ({ what, issued: 0, due: Date.parse(due) });

describe("what is due", () => {
  it("are trials of active tenants and credentials, from a week before their day, the earliest first", () => {
    const tenants = [
      tenant("later", { expires: "2026-12-01" }),
      tenant("soon", { expires: "2026-11-30" }),
      tenant("ended", { expires: "2026-11-23" }),
      tenant("off", { expires: "2026-11-01", state: "suspended" }),
    ];
    const credentials = new Map([
      ["soon", [credential("key of the machine", "2026-11-24T00:00:00Z"), credential("old", "2026-11-01T00:00:00Z")]],
      ["gone", [credential("key of nobody", "2026-11-24T00:00:00Z")]],
    ]);
    expect(comingDue(tenants, credentials, NOW).map(dueLine)).toEqual([
      "soon: old, overdue since 2026-11-01",
      "ended: trial, overdue since 2026-11-23",
      "soon: key of the machine, due 2026-11-24",
      "soon: trial, due 2026-11-30",
    ]);
    expect(expiredTenants(tenants, NOW).map(({ id }) => id)).toEqual(["ended"]);
  });

  it("begins at midnight in UTC, and not before", () => {
    const tenants = [tenant("acme", { expires: "2026-11-24" })];
    expect(expiredTenants(tenants, new Date("2026-11-23T23:59:59.999Z"))).toEqual([]);
    expect(expiredTenants(tenants, new Date("2026-11-24T00:00:00Z"))).toEqual(tenants);
  });

  it("is told in a plan without the credentials that the plan replaces anyway, and not all of a large fleet", () => {
    const key = (id: string, isOverdue: boolean) => ({
      tenant: id,
      what: "key",
      at: "2026-11-24T00:00:00.000Z",
      isOverdue,
    });
    expect(dueShown([key("acme", true)], "prod")).toEqual([]);
    const trial = { tenant: "acme", what: "trial", at: "2026-11-01T00:00:00.000Z", isOverdue: true };
    expect(dueShown([trial, key("acme", false)], "prod")).toEqual([
      "due within 7 days:",
      "  acme: trial, overdue since 2026-11-01",
      "  acme: key, due 2026-11-24",
      "  trials that have ended: npx tenantry suspend --expired --stack prod",
    ]);
    const many = dueShown(
      Array.from({ length: 400 }, (_, at) => key(`t${at}`, false)),
      "prod",
    );
    expect([many.length, many.at(-1)]).toEqual([12, "  … and 390 more: npx tenantry list --stack prod"]);
  });
});
