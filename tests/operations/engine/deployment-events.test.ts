import { describe, expect, it } from "@jest/globals";

import { DeploymentEvents } from "../../../operations/engine/deployment-events.ts";
import { SHARED } from "../../../operations/engine/steps.ts";

const BUCKET = "urn:pulumi:prod::tenantry::tenantry:index:Tenant$tenantry:index:Storage$tenantry:tigris:Bucket::acme";
const STACK = "urn:pulumi:prod::tenantry::pulumi:pulumi:Stack::tenantry-prod";
const ECHO =
  "Running program '/project/index.ts' failed with an unhandled exception:\n" +
  'Error: error serializing property "app": resource acme [tenantry:tigris:Bucket] failed to register';

function outcomesOf(...diagnostics: { urn: string; message: string }[]) {
  const events = new DeploymentEvents();
  for (const diagnostic of diagnostics) {
    events.take(JSON.stringify({ diagnosticEvent: { ...diagnostic, severity: "error" } }));
  }
  return events.outcomes().flatMap(({ tenant, errors }) => errors.map((error) => [tenant, error]));
}

describe("the errors of a deployment", () => {
  it("are what failed, each once, and not what failed only because of that", () => {
    const told = { urn: BUCKET, message: "TIGRIS_NAME_TAKEN: no\n" };
    expect(outcomesOf({ urn: STACK, message: ECHO }, told, told)).toEqual([["acme", "TIGRIS_NAME_TAKEN: no"]]);
  });

  it("know the echo also as a program that awaits words it", () => {
    const told = { urn: BUCKET, message: "TIGRIS_NAME_TAKEN: no" };
    const awaited = ECHO.slice(ECHO.indexOf("Error: "));
    expect(outcomesOf({ urn: STACK, message: awaited }, told)).toEqual([["acme", "TIGRIS_NAME_TAKEN: no"]]);
  });

  it("are the echo when nothing else tells", () => {
    expect(outcomesOf({ urn: STACK, message: ECHO })).toEqual([[SHARED, ECHO]]);
  });

  it("are the program's own when it broke by itself", () => {
    const broken = "Running program '/project/index.ts' failed with an unhandled exception:\nTypeError: x";
    const told = { urn: BUCKET, message: "TIGRIS_NAME_TAKEN: no" };
    expect(outcomesOf({ urn: STACK, message: broken }, told)).toContainEqual([SHARED, broken]);
  });
});

describe("what a deployment has done", () => {
  it("is counted per tenant, at whatever vendor, and components are nothing that is done", () => {
    const events = new DeploymentEvents();
    const below = "urn:pulumi:prod::tenantry::tenantry:index:Tenant$tenantry:index:Storage";
    for (const [type, name] of [
      ["tenantry:tigris:Bucket", "acme"],
      ["aws:s3/bucket:Bucket", "acme"],
      ["aws:iam/user:User", "acme/alice"],
      ["tenantry:index:Storage", "beta"],
      ["pulumi:providers:aws", "default"],
    ] as const) {
      const metadata = { op: "create", type, urn: `${below}$${type}::${name}` };
      events.take(JSON.stringify({ resOutputsEvent: { metadata } }));
    }
    expect(events.outcomes().map(({ tenant, done }) => [tenant, done.create])).toEqual([
      ["acme", 3],
      ["beta", 0],
    ]);
  });
});
