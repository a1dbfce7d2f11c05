import { describe, expect, it } from "@jest/globals";

import { importLine } from "../../resource-kinds/urn.ts";

const TENANT = "urn:pulumi:prod::tenantry::tenantry:index:Tenant";

describe("the line that takes an existing resource over", () => {
  it("puts it below the component that has the tenant's name, quoted for a shell, and asks for no code", () => {
    const urn = `${TENANT}$tenantry:tigris:AccessKey::acme/alice`;
    expect(importLine(urn, "tid_1")).toBe(
      "pulumi import tenantry:tigris:AccessKey 'acme/alice' 'tid_1' " +
        `--parent 'parent=${TENANT}::acme' --generate-code=false --stack prod`,
    );
  });

  it("names no parent for what is alone", () => {
    expect(importLine("urn:pulumi:prod::tenantry::tenantry:turso:Group::aws-us-east-1", "tnt-prod-1")).toBe(
      "pulumi import tenantry:turso:Group 'aws-us-east-1' 'tnt-prod-1' --generate-code=false --stack prod",
    );
  });
});
