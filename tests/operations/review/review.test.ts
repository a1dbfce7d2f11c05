import { describe, expect, it } from "@jest/globals";

import { asMarkdown } from "../../../operations/review/as-markdown.ts";
import { asText } from "../../../operations/review/as-text.ts";
import { review } from "../../../operations/review/changes.ts";
import { SHARED, tenantOf } from "../../../operations/engine/steps.ts";
import type { PreviewDigest, PreviewStep } from "../../../operations/engine/preview-digest.ts";
import { refusalOf } from "../../../operations/review/refusal.ts";
import { countsLine, exitCodeOf } from "../../../operations/review/summary.ts";

const TENANT = "urn:pulumi:prod::tenantry::tenantry:index:Tenant";

function urn(tenant: string, type: string, name = tenant): string {
  return `${TENANT}$${type}::${name}`;
}

function step(op: string, resource: string, more: Partial<PreviewStep> = {}): PreviewStep {
  return { op, urn: resource, ...more };
}

const state = (inputs: Record<string, unknown>) => ({ type: "", inputs });
const digest = (...steps: PreviewStep[]): PreviewDigest => ({ steps, warnings: [], errors: [] });

const machine = urn("acme", "tenantry:fly:Machine");
const bucket = urn("acme", "tenantry:tigris:Bucket");
const key = urn("acme", "tenantry:tigris:AccessKey", "acme/alice");

const updated = step("update", machine, {
  oldState: state({ config: { env: { LOG_LEVEL: "info" } } }),
  newState: state({ config: { env: { LOG_LEVEL: "debug" } } }),
  detailedDiff: { "config.env.LOG_LEVEL": { kind: "update" } },
});

describe("a review of a plan", () => {
  it("groups by tenant and shows each setting before and after", () => {
    const found = review("prod", digest(step("same", urn("zed", "tenantry:tigris:Bucket")), updated));
    expect(found.changed.map(({ tenant }) => tenant)).toEqual(["acme"]);
    expect(found.unchanged).toEqual(["zed"]);
    expect(asText(found)).toContain("config.env.LOG_LEVEL: info -> debug");
    expect(exitCodeOf(found)).toBe(2);
  });

  it("is one line and exit code 0 when nothing changes", () => {
    const found = review("prod", digest(step("same", bucket)));
    expect(asText(found).split("\n")).toHaveLength(1);
    expect(countsLine(found)).toBe("no change");
    expect(exitCodeOf(found)).toBe(0);
  });

  it("takes the steps of one replacement for one change", () => {
    const detailedDiff = { region: { kind: "update-replace" } };
    const steps = [
      step("create-replacement", machine, { detailedDiff }),
      step("replace", machine),
      step("delete-replaced", machine),
    ];
    const found = review("prod", digest(...steps));
    expect(found.changed[0]?.changes.map(({ action }) => action)).toEqual(["replace"]);
  });

  it("calls a credential minted anew because of its age or epoch a rotation, and anything else a replacement", () => {
    const rotating = { issued: { kind: "update-replace" }, epoch: { kind: "update-replace" } };
    const moded = { issued: { kind: "update-replace" }, mode: { kind: "update-replace" } };
    const action = (detailedDiff: PreviewStep["detailedDiff"]) =>
      review("prod", digest(step("replace", key, { detailedDiff }))).changed[0]?.changes[0]?.action;
    expect(action(rotating)).toBe("rotate");
    expect(action(moded)).toBe("replace");
  });

  it.each(["delete", "replace"])("has exit code 3 when a bucket would see a %s", (op) => {
    const found = review("prod", digest(step(op, bucket)));
    expect(exitCodeOf(found)).toBe(3);
    expect(asText(found)).toContain("destroys data");
  });

  it("lets storage go that its file released in a step before, and nothing beside it", () => {
    const fleet = { acme: { backend: "fly-volume", kept: { tigris: "released" } } };
    const stack = step("same", "urn:pulumi:prod::tenantry::pulumi:pulumi:Stack::tenantry-prod", {
      oldState: { type: "pulumi:pulumi:Stack", outputs: { fleet } },
    });
    const volume = urn("acme", "tenantry:fly:Volume");
    const others = urn("beta", "tenantry:tigris:Bucket");
    expect(exitCodeOf(review("prod", digest(stack, step("delete", bucket))))).toBe(2);
    expect(exitCodeOf(review("prod", digest(stack, step("replace", bucket))))).toBe(3);
    expect(exitCodeOf(review("prod", digest(stack, step("delete", volume))))).toBe(3);
    expect(exitCodeOf(review("prod", digest(stack, step("delete", others))))).toBe(3);
  });

  it("has exit code 2 when the tenant's file declares its end, and 3 again when its bucket would only be replaced", () => {
    const purged = new Set(["acme"]);
    expect(exitCodeOf(review("prod", digest(step("delete", bucket)), purged))).toBe(2);
    expect(exitCodeOf(review("prod", digest(step("replace", bucket)), purged))).toBe(3);
    expect(asMarkdown(review("prod", digest(step("delete", bucket))))).toContain("destroys data");
  });

  it.each([
    ["bucket", bucket],
    ["database", urn("acme", "tenantry:turso:Database")],
    ["volume", urn("acme", "tenantry:fly:Volume")],
  ])("has exit code 3 for a purge straight from active, whose %s is still protected", (_, held) => {
    const purge = (protect: boolean) =>
      review("prod", digest(step("delete", held, { oldState: { ...state({}), protect } })), new Set(["acme"]));
    expect(exitCodeOf(purge(true))).toBe(3);
    expect(refusalOf(purge(true))?.message).toMatch(/^DESTROY_UNDECLARED: [^]*\n {2}acme: /);
    expect(exitCodeOf(purge(false))).toBe(2);
  });

  it("lets a database group go with the last of its databases, not while one stays, and whatever an earlier version protected", () => {
    const group = "urn:pulumi:prod::tenantry::tenantry:turso:Group::aws-eu-west-1";
    const named = (name: string, protect = false) => ({ type: "", inputs: { name }, protect });
    const gone = step("delete", group, { oldState: named("g") });
    const database = (op: string, tenant: string) =>
      step(op, urn(tenant, "tenantry:turso:Database"), { oldState: state({ group: "g" }) });
    const code = (...steps: PreviewStep[]) => exitCodeOf(review("prod", digest(...steps), new Set(["acme"])));
    expect(code(gone, database("delete", "acme"))).toBe(2);
    expect(code(gone)).toBe(2);
    expect(code(gone, database("delete", "acme"), database("same", "beta"))).toBe(3);
    expect(code(gone, database("delete", "acme"), database("delete", "beta"))).toBe(3);
    expect(code(step("delete", group, { oldState: named("g", true) }), database("delete", "acme"))).toBe(2);
    expect(code(step("replace", group, { oldState: named("g") }), database("delete", "acme"))).toBe(3);
  });

  it("deletes an empty group that an earlier version protected, without showing Pulumi's advice", () => {
    const group = "urn:pulumi:prod::tenantry::tenantry:turso:Group::aws-eu-west-1";
    const gone = step("delete", group, { oldState: { type: "", inputs: { name: "g" }, protect: true } });
    const errors = [{ urn: group, message: "protected: `pulumi state unprotect …`" }];
    const found = review("prod", { steps: [gone], errors, warnings: [] });
    expect(exitCodeOf(found)).toBe(2);
    expect(asText(found)).not.toMatch(/pulumi state unprotect|destroys data/);
  });

  it("refuses to delete a bucket that holds files, whatever its tenant's file declares", () => {
    const purged = new Set(["acme"]);
    const found = review("prod", digest(step("delete", bucket)), purged, new Set([bucket]));
    expect(exitCodeOf(found)).toBe(3);
    expect(refusalOf(found)?.message).toMatch(
      /^DESTROY_UNDECLARED: .*\n {2}acme: bucket .*, and the files that are in it/,
    );
  });

  it("has exit code 1 when something failed, whatever else was found", () => {
    const found = review("prod", {
      steps: [step("delete", bucket)],
      warnings: [],
      errors: [{ urn: bucket, message: "X: no" }],
    });
    expect(exitCodeOf(found)).toBe(1);
    expect(asText(found)).toContain("X: no");
  });

  it("does not depend on the order of the steps", () => {
    const steps = [updated, step("create", key), step("create", urn("zed", "tenantry:fly:App"))];
    expect(review("prod", digest(...steps))).toEqual(review("prod", digest(...steps.toReversed())));
  });

  it("never counts components or the stack itself as changes", () => {
    const component = `${TENANT}::acme`;
    const found = review(
      "prod",
      digest(step("create", component), step("create", "urn:pulumi:prod::t::pulumi:pulumi:Stack::t")),
    );
    expect(found.changed).toEqual([]);
  });

  it("says of secrets which were changed, added and removed, and shows none", () => {
    const secrets = urn("acme", "tenantry:fly:Secrets");
    const found = review(
      "prod",
      digest(
        step("update", secrets, {
          oldState: state({ values: "[secret]" }),
          newState: state({ values: "[secret]" }),
          detailedDiff: {
            "values.B": { kind: "delete" },
            "values.A": { kind: "update" },
            "values.C": { kind: "add" },
          },
        }),
      ),
    );
    expect(found.changed[0]?.changes[0]?.settings).toEqual([
      { path: "values.A", before: "[secret]", after: "[secret]" },
      { path: "values.B", before: "[secret]", after: undefined },
      { path: "values.C", before: undefined, after: "[secret]" },
    ]);
  });

  it("takes a tenant that could not be read for neither changed nor unchanged", () => {
    const found = review("prod", {
      steps: [step("refresh", bucket), step("refresh", urn("zed", "tenantry:tigris:Bucket"))],
      warnings: [],
      errors: [
        { urn: machine, message: "Y: no answer" },
        { urn: bucket, message: "X: no answer" },
      ],
    });
    expect([found.changed, found.unchanged]).toEqual([[], ["zed"]]);
    expect(found.errors.map(({ message }) => message)).toEqual(["X: no answer", "Y: no answer"]);
    expect(asText(found).split("\n").at(-1)).toBe("plan of prod: 2 errors; 1 of 2 tenants unchanged");
  });
});

describe("a comment on a pull request", () => {
  it("starts with a mark by which it is found again, and keeps values inside their cells", () => {
    const nasty = step("update", machine, {
      oldState: state({ region: "a|b`c\nd" }),
      newState: state({ region: "fra" }),
      detailedDiff: { region: { kind: "update" } },
    });
    const text = asMarkdown(review("prod", digest(nasty)));
    expect(text.split("\n")[0]).toBe("<!-- tenantry:plan:prod -->");
    expect(text).toContain("| `region` | `a\\|b'c\\nd` | `fra` |");
  });
});

it("a resource belongs to the tenant before the slash of its name, and what is alone to the stack", () => {
  expect(tenantOf(key)).toBe("acme");
  expect(tenantOf("urn:pulumi:prod::tenantry::tenantry:turso:Group::aws-us-east-1")).toBe(SHARED);
});
