import { describe, expect, it } from "@jest/globals";

import { dueCredential } from "../../../operations/drift/credentials.ts";
import { differencesOf } from "../../../operations/drift/differences.ts";
import { seenResources } from "../../../operations/drift/resources.ts";
import { seen, state, step } from "./findings.ts";

const NOW = new Date("2026-11-23T12:00:00Z");
const DAY_MS = 86_400_000;

describe("what a refresh found", () => {
  it("is named by resource and setting, with what was applied and what is observed", () => {
    const changed = step("fly:Machine", "acme", {
      op: "update",
      oldState: state({ config: { env: { LOG_LEVEL: "info", GONE: "1" } } }),
      newState: state({ config: { env: { LOG_LEVEL: "debug", NEW: "1" } } }),
      detailedDiff: {
        "config.env.NEW": { kind: "add" },
        "config.env.LOG_LEVEL": { kind: "update" },
        "config.env.GONE": { kind: "delete" },
      },
    });
    expect(differencesOf(seen(changed), NOW)).toMatchObject([
      { tenant: "acme", kind: "modified", aspect: "machine.config.env.GONE", declared: "1" },
      { aspect: "machine.config.env.LOG_LEVEL", declared: "info", observed: "debug" },
      { aspect: "machine.config.env.NEW", observed: "1" },
    ]);
  });

  it("shows nothing of a secret but whether it is there", () => {
    const changed = step("fly:Secrets", "acme", {
      op: "update",
      oldState: state({ values: "[secret]" }),
      newState: state({ values: "[secret]" }),
      detailedDiff: { "values.A": { kind: "update" }, "values.B": { kind: "delete" } },
    });
    const shown = differencesOf(seen(changed), NOW).map(({ declared, observed }) => [declared, observed]);
    expect(shown).toEqual([
      ["[secret]", "[secret]"],
      ["[secret]", undefined],
    ]);
  });

  it("tells people's keys apart, and warns that a bucket comes back empty", () => {
    const [key] = differencesOf(seen(step("tigris:AccessKey", "acme/alice", { op: "delete" })), NOW);
    expect(key).toMatchObject({ kind: "missing", aspect: "key/alice", resource: "access key alice" });
    const [bucket] = differencesOf(seen(step("tigris:Bucket", "acme", { op: "delete" })), NOW);
    expect(bucket?.note).toContain("empty");
  });

  it("says of a key that it is missing, also while its policy is kept in mind", () => {
    const refreshed = step("tigris:AccessKey", "acme", {
      op: "update",
      oldState: state({ purpose: "machine", issued: "2026-11-01T00:00:00Z" }),
      newState: state({ purpose: "machine" }),
      detailedDiff: { issued: { kind: "delete" } },
    });
    expect(differencesOf(seen(refreshed), NOW)).toMatchObject([{ kind: "missing", aspect: "key" }]);
  });

  it("says of a token whose end has come that it expired, and of one that was revoked that it is missing", () => {
    const token = (expiresAt: string) =>
      step("turso:DatabaseToken", "acme", { op: "delete", oldState: state({}, { expiresAt }) });
    expect(differencesOf(seen(token("2026-11-22T00:00:00Z")), NOW)).toMatchObject([
      { kind: "expired", due: "2026-11-22T00:00:00Z" },
    ]);
    expect(differencesOf(seen(token("2026-12-22T00:00:00Z")), NOW)).toMatchObject([{ kind: "missing" }]);
  });

  it("leaves out components and the stack, and takes in resources of other providers", () => {
    const steps = [
      step("index:Tenant", "acme"),
      { op: "refresh", urn: "urn:pulumi:prod::tenantry::pulumi:pulumi:Stack::tenantry-prod" },
      { op: "refresh", urn: "urn:pulumi:prod::tenantry::tenantry:index:Tenant$aws:s3/bucketPolicy:BucketPolicy::acme" },
    ];
    expect(seenResources({ steps, warnings: [], errors: [] }).map(({ root, tenant }) => [tenant, root])).toEqual([
      ["acme", "bucket-policy"],
    ]);
  });
});

describe("a credential that comes of age", () => {
  const key = seen(
    step("tigris:AccessKey", "acme", { oldState: state({ issued: "2026-10-01T00:00:00Z", rotation: "60d" }) }),
  );

  it("is a warning within the time asked for, and not before", () => {
    expect(dueCredential(key, NOW, 6 * DAY_MS)).toBeUndefined();
    expect(dueCredential(key, NOW, 7 * DAY_MS)).toMatchObject({
      kind: "expiring",
      aspect: "key",
      due: "2026-11-30T00:00:00Z",
    });
  });

  it("is said to be overdue after it, and when it ends by itself", () => {
    const token = step("turso:DatabaseToken", "acme", {
      oldState: state({ issued: "2026-10-01T00:00:00Z", rotation: "30d" }, { expiresAt: "2026-12-01T00:00:00Z" }),
    });
    const found = dueCredential(seen(token), NOW, 0);
    expect(found?.note).toMatch(/^overdue.*2026-12-01/);
  });
});
