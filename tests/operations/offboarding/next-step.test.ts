import { describe, expect, it } from "@jest/globals";

import type { StoredResource } from "../../../operations/engine/stack-state.ts";
import { nextStep, type Wish } from "../../../operations/offboarding/next-step.ts";
import type { Tenant } from "../../../tenants/model/tenant.ts";

const NOW = new Date("2026-12-01T08:00:00Z");
const CONTENTS = "0f".repeat(32);
const MANIFEST = { path: "a/manifest.jsonl", sha256: "5e".repeat(32), contents: CONTENTS };
const NOTHING: Wish = { exports: false, certify: false, reason: undefined };

/** The tenant's resources as an `up` left them. */
function applied(how: { suspended: boolean; protect: boolean; exportedContents?: string }): StoredResource[] {
  const urn = (type: string) => `urn:pulumi:prod::tenantry::tenantry:index:Tenant$${type}::acme`;
  const resource = (type: string, inputs: Record<string, unknown>, outputs: object = {}) => ({
    urn: urn(type),
    type,
    id: "acme",
    inputs,
    outputs: { ...outputs },
    protect: how.protect,
  });
  const config = { env: { BUCKET_NAME: "b", AWS_ENDPOINT_URL_S3: "https://s3.example", AWS_REGION: "auto" } };
  const bucket = how.exportedContents === undefined ? {} : { exportedContents: how.exportedContents };
  const machine = { app: "acme", region: "iad", suspended: how.suspended, config };
  return [
    resource("tenantry:tigris:Bucket", { name: "b", ...bucket }),
    { ...resource("tenantry:fly:Machine", machine, { machineId: "m1" }), protect: false },
  ];
}

const ACTIVE = applied({ suspended: false, protect: true });
const SUSPENDED = applied({ suspended: true, protect: true });
const GIVEN_UP = applied({ suspended: true, protect: false, exportedContents: CONTENTS });

function step(tenant: Partial<Tenant>, stored: readonly StoredResource[], wish: Partial<Wish> = {}): string {
  try {
    return nextStep({ id: "acme", ...tenant } as Tenant, stored, NOW, { ...NOTHING, ...wish });
  } catch (error) {
    return error instanceof Error ? (error.message.split(":")[0] ?? "") : String(error);
  }
}

describe("a tenant that leaves", () => {
  it("is suspended, exported, purged when its day has come, and then shown its certificate", () => {
    expect(step({ state: "active" }, ACTIVE)).toBe("suspend");
    expect(step({ state: "suspended" }, SUSPENDED, { exports: true })).toBe("export");
    const leaving = { state: "offboarding", manifest: MANIFEST, purgeAfter: "2026-12-01" } as const;
    expect(step(leaving, GIVEN_UP)).toBe("purge");
    expect(step({ ...leaving, state: "purged" }, [])).toBe("done");
  });

  it("takes no step where only a certificate was asked for", () => {
    for (const state of ["active", "suspended", "offboarding"] as const)
      expect(step({ state }, ACTIVE, { certify: true })).toBe("OFFBOARD_NOT_PURGED");
    expect(step({ state: "purged" }, [], { certify: true })).toBe("done");
  });

  it("waits until the step before is applied", () => {
    expect(step({ state: "suspended" }, ACTIVE, { exports: true })).toBe("OFFBOARD_NOT_APPLIED");
    expect(step({ state: "offboarding", manifest: MANIFEST }, SUSPENDED)).toBe("OFFBOARD_NOT_APPLIED");
    const earlier = applied({ suspended: true, protect: false, exportedContents: "a0".repeat(32) });
    expect(step({ state: "offboarding", manifest: MANIFEST }, earlier)).toBe("OFFBOARD_NOT_APPLIED");
    expect(step({ state: "purged", manifest: MANIFEST }, GIVEN_UP)).toBe("OFFBOARD_NOT_APPLIED");
  });

  it("is not purged without an export, nor before its day but for a reason", () => {
    expect(step({ state: "suspended" }, SUSPENDED)).toBe("OFFBOARD_NO_EXPORT");
    expect(step({ state: "offboarding" }, GIVEN_UP)).toBe("OFFBOARD_NO_EXPORT");
    const leaving = { state: "offboarding", manifest: MANIFEST, purgeAfter: "2026-12-02" } as const;
    expect(step(leaving, GIVEN_UP)).toBe("OFFBOARD_TOO_EARLY");
    expect(step(leaving, GIVEN_UP, { reason: "by the customer's word" })).toBe("purge");
  });

  it("is exported again on demand, as when something came in since", () => {
    expect(step({ state: "offboarding", manifest: MANIFEST }, GIVEN_UP, { exports: true })).toBe("export");
  });

  it("goes no step while it is on hold", () => {
    expect(step({ state: "active", hold: "case 12" }, ACTIVE)).toBe("OFFBOARD_HELD");
    expect(step({ state: "suspended", hold: "case 12" }, SUSPENDED, { exports: true })).toBe("OFFBOARD_HELD");
  });
});
