import { describe, expect, it } from "@jest/globals";

import { newTenantText } from "../../../tenants/edits/new-tenant-text.ts";
import { parseTenant } from "../../../tenants/parse-tenant.ts";
import { committedPlans } from "../plans.ts";

const plans = committedPlans();

describe("the text of a new tenant", () => {
  it("is a tenant file of defaults", () => {
    const parsed = parseTenant(newTenantText({ id: "acme", owner: "ops@acme.example" }), "acme.yaml", plans);
    expect(parsed).toEqual(parseTenant("owner: ops@acme.example\n", "acme.yaml", plans));
    expect(parsed.ok).toBe(true);
  });

  it("holds what was chosen", () => {
    const text = newTenantText({ id: "acme", owner: "ops@acme.example", region: "syd", plan: "roomy" });
    expect(parseTenant(text, "acme.yaml", plans)).toMatchObject({ ok: true, value: { region: "syd", plan: "roomy" } });
  });

  it("can be uncommented line by line and still is right", () => {
    const text = newTenantText({ id: "acme", owner: "ops@acme.example" });
    const [modeline = "", intro = "", ...lines] = text.split("\n");
    const uncommented = [modeline, intro, ...lines.map((line) => line.replace(/^# /, ""))].join("\n");
    expect(parseTenant(uncommented, "acme.yaml", plans)).toMatchObject({
      ok: true,
      value: {
        storage: { softDeleteDays: 30 },
        machine: { env: { LOG_LEVEL: "info" } },
        access: [{ name: "alice-laptop" }],
      },
    });
  });

  it("quotes an owner that YAML would take for something else", () => {
    const parsed = parseTenant(newTenantText({ id: "acme", owner: "'x@b.example" }), "acme.yaml", plans);
    expect(parsed).toMatchObject({ ok: true, value: { owner: "'x@b.example" } });
  });
});
