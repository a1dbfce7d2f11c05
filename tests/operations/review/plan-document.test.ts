import { describe, expect, it } from "@jest/globals";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import * as fc from "fast-check";

import { parsePlan, planSchemaText } from "../../../operations/review/plan-document.ts";
import { planned } from "../../../operations/review/planned.ts";
import type { PreviewStep } from "../../../operations/engine/preview-digest.ts";
import { exitCodeOf } from "../../../operations/review/summary.ts";
import { anySteps, bucket, machine, same, step } from "./steps.ts";

const ajv = new Ajv({ strict: true, allErrors: true });
addFormats.default(ajv);
const accepts = ajv.compile(JSON.parse(planSchemaText()) as object);

const plan = (steps: PreviewStep[], errors: { urn: string; message: string }[] = []) =>
  planned({
    stack: "prod",
    digest: { steps, errors, warnings: [] },
    tenants: [],
    violations: [],
    removed: [],
    due: [],
    refreshed: true,
    madeAt: new Date(0),
  });

describe("a plan as a file", () => {
  it("is what its published schema says, and reads back as it was", () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const text = JSON.stringify(plan(steps, [{ urn: machine, message: "no answer" }]));
        expect({ ok: accepts(JSON.parse(text)), errors: ajv.errorsText(accepts.errors) }).toMatchObject({ ok: true });
        expect(parsePlan(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it("is refused when its fingerprint or hash was changed, or when it is another file", () => {
    const sound = plan([same(bucket, { name: "b" })]);
    expect(parsePlan(JSON.stringify(sound))).toBeDefined();
    const touched = JSON.stringify(sound).replace(String.raw`\"b\"`, String.raw`\"c\"`);
    expect(touched).not.toBe(JSON.stringify(sound));
    for (const text of [touched, JSON.stringify({ ...sound, hash: `sha256:${"0".repeat(64)}` }), "{}", "", "[]"]) {
      expect(parsePlan(text)).toBeUndefined();
    }
  });
});

describe("what Pulumi refuses because it is protected", () => {
  const refusal = { urn: bucket, message: "unable to replace resource: protected" };
  const lost = (protect: boolean) =>
    step("replace", bucket, { oldState: { type: "", inputs: {}, protect }, newState: { type: "", inputs: {} } });

  it("is a loss that the guard reports, not an error", () => {
    const found = plan([lost(true)], [refusal]);
    expect([exitCodeOf(found), found.errors]).toEqual([3, []]);
  });

  it("stays an error where nothing is protected, or elsewhere", () => {
    expect(exitCodeOf(plan([lost(false)], [refusal]))).toBe(1);
    expect(exitCodeOf(plan([lost(true)], [{ ...refusal, urn: machine }]))).toBe(1);
  });
});

describe("what a refresh finds", () => {
  const gone = step("delete", bucket, { oldState: { type: "", inputs: {} } });

  it("counts by the planned action: a missing bucket is created again, which loses no data", () => {
    const found = plan([gone, step("create", bucket, { newState: { type: "", inputs: {} } })]);
    expect([found.changed[0]?.changes[0]?.action, exitCodeOf(found)]).toEqual(["create", 2]);
  });

  it("is no change when what is observed is what is declared by now", () => {
    const drifted = step("update", machine, {
      oldState: { type: "", inputs: { region: "iad" } },
      newState: { type: "", inputs: { region: "fra" } },
      detailedDiff: { region: { kind: "update" } },
    });
    expect(exitCodeOf(plan([drifted, same(machine, { region: "fra" })]))).toBe(0);
  });
});
