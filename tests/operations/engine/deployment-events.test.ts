import { describe, expect, it } from "@jest/globals";

import { DeploymentEvents } from "../../../operations/engine/deployment-events.ts";
import { machineUrn } from "../../../resource-kinds/urn.ts";
import { SHARED } from "../../../operations/engine/steps.ts";

const BUCKET = "urn:pulumi:prod::tenantry::tenantry:index:Tenant$tenantry:tigris:Bucket::acme";
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

  it.each(["update failed", "update canceled"])("leave out that an %s, which the engine says in the end", (message) => {
    const told = { urn: BUCKET, message: "TIGRIS_NAME_TAKEN: no" };
    expect(outcomesOf(told, { urn: "", message })).toEqual([["acme", "TIGRIS_NAME_TAKEN: no"]]);
    expect(outcomesOf({ urn: "", message })).toEqual([[SHARED, message]]);
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
    const below = "urn:pulumi:prod::tenantry::tenantry:index:Tenant";
    for (const [type, name] of [
      ["tenantry:tigris:Bucket", "acme"],
      ["aws:s3/bucket:Bucket", "acme"],
      ["aws:iam/user:User", "acme/alice"],
      ["tenantry:index:Tenant", "beta"],
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

describe("how a tenant came out of a deployment", () => {
  const MACHINE = "tenantry:fly:Machine";
  const urn = (tenant: string) => machineUrn("prod", tenant);
  const metadata = (tenant: string, op: string) => ({ op, urn: urn(tenant), type: MACHINE });
  const pre = (tenant: string, op = "update") => ({ resourcePreEvent: { metadata: metadata(tenant, op) } });
  const post = (tenant: string, op = "update") => ({ resOutputsEvent: { metadata: metadata(tenant, op) } });
  const broke = (tenant: string, status: number) => ({
    resOpFailedEvent: { metadata: metadata(tenant, "update"), status },
  });
  const error = (tenant: string, message: string) => ({
    diagnosticEvent: { urn: urn(tenant), message, severity: "error" },
  });
  const summary = { summaryEvent: { durationSeconds: 1 } };

  function told(...events: (object | "stop")[]) {
    const deployment = new DeploymentEvents();
    for (const event of events) {
      if (event === "stop") deployment.stop();
      else deployment.take(JSON.stringify(event));
    }
    const outcomes = deployment.outcomes(["ada", "ben", "cyd"].map(urn));
    return Object.fromEntries(
      outcomes.map(({ tenant, result, done, open }) => [tenant, [result, done.update, ...open]]),
    );
  }

  it("is changed and failed when the change was made and is not well, and only failed when it was refused", () => {
    const words = ["FLY_UNHEALTHY: no", "FLY_NO_CAPACITY: no"] as const;
    const events = [
      pre("ada"),
      broke("ada", 1),
      error("ada", words[0]),
      pre("ben"),
      broke("ben", 2),
      error("ben", words[1]),
    ];
    expect(told(...events, post("cyd"), summary)).toEqual({
      ada: ["failed", 1],
      ben: ["failed", 0],
      cyd: ["ok", 1],
    });
  });

  it("is untouched when the run was halted before it", () => {
    const halted = [pre("cyd"), broke("cyd", 2), error("cyd", "FLY_HALTED: 3 machines failed")];
    expect(told(post("ada"), post("ben"), ...halted, summary)).toMatchObject({ cyd: ["untouched", 0] });
  });

  it("is interrupted when it was under way as the run was told to stop, and untouched when it was not reached", () => {
    const events = [
      post("ada"),
      pre("ben"),
      "stop",
      broke("ben", 2),
      error("ben", "AbortError: aborted"),
      summary,
    ] as const;
    expect(told(...events)).toEqual({
      ada: ["ok", 1],
      ben: ["interrupted", 0, "machine update"],
      cyd: ["untouched", 0],
    });
  });

  it("is interrupted when the engine died over it, also when it cut off its own last line", () => {
    const deployment = new DeploymentEvents();
    for (const event of [pre("ada"), post("ada"), pre("ben")]) deployment.take(JSON.stringify(event));
    deployment.take(JSON.stringify(post("ben")).slice(0, 40));
    expect(deployment.outcomes(["ada", "ben", "cyd"].map(urn)).map(({ tenant, result }) => [tenant, result])).toEqual([
      ["ada", "ok"],
      ["ben", "interrupted"],
      ["cyd", "untouched"],
    ]);
  });

  it("does not count as done because of a refresh", () => {
    expect(told(post("ada", "refresh"), post("ben", "same"), post("cyd"), summary)).toEqual({
      ada: ["untouched", 0],
      ben: ["ok", 0],
      cyd: ["ok", 1],
    });
  });

  it("is failed when what it shares with others failed in the middle of it", () => {
    const shared = {
      diagnosticEvent: {
        urn: "urn:pulumi:prod::tenantry::tenantry:turso:Group::x",
        message: "X: no",
        severity: "error",
      },
    };
    const bucket = { resOutputsEvent: { metadata: { op: "create", urn: BUCKET, type: "tenantry:tigris:Bucket" } } };
    const deployment = new DeploymentEvents();
    for (const event of [bucket, shared, summary]) deployment.take(JSON.stringify(event));
    expect(deployment.outcomes([urn("acme")])).toContainEqual(
      expect.objectContaining({ tenant: "acme", result: "failed" }),
    );
  });
});
