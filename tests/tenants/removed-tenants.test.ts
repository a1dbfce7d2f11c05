import { expect, it } from "@jest/globals";

import type { Fleet } from "../../tenants/load-fleet.ts";
import { refuseRemoved } from "../../tenants/removed-tenants.ts";

const fleet = { stack: "prod", tenants: [{ id: "acme" }] } as unknown as Fleet;

it("a tenant that exists and has no file is refused, by name; one that has a file is not", () => {
  refuseRemoved(fleet, ["acme"]);
  expect(() => {
    refuseRemoved(fleet, ["zed", "acme", "beta"]);
  }).toThrow("TENANT_FILE_REMOVED: missing: tenants/prod/beta.yaml, tenants/prod/zed.yaml");
});
