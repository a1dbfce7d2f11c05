import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";

import { fingerprintOf } from "../../../operations/review/fingerprint.ts";
import { moveLine, movesSince } from "../../../operations/review/moves.ts";
import { planHash } from "../../../operations/review/plan-hash.ts";
import type { PreviewStep } from "../../../operations/engine/preview-digest.ts";
import { parseDigest } from "../../../operations/engine/preview-digest.ts";
import { anySteps, bucket, key, machine, same, shuffled, step } from "./steps.ts";

const hash = (...steps: PreviewStep[]) => planHash("prod", fingerprintOf({ steps }));
const moves = (before: PreviewStep[], after: PreviewStep[]) =>
  movesSince(fingerprintOf({ steps: before }), fingerprintOf({ steps: after }));
const lines = (before: PreviewStep[], after: PreviewStep[]) => moves(before, after).map(moveLine);

describe("the hash of a plan", () => {
  it("does not depend on the order of resources, settings, or phases that say nothing new", () => {
    fc.assert(
      fc.property(anySteps, fc.integer(), (steps, seed) => {
        const refreshed = steps.flatMap(({ urn, oldState }) =>
          oldState === undefined ? [] : [{ op: "refresh", urn, oldState, newState: oldState }],
        );
        expect(hash(...refreshed, ...shuffled(steps, seed))).toBe(hash(...steps));
      }),
    );
  });

  it("changes with every single setting, desired or existing, and then there is a move that says so", () => {
    fc.assert(
      fc.property(anySteps, fc.nat(), fc.boolean(), (steps, at, isState) => {
        const [first, ...others] = shuffled(steps, at);
        const side = isState && first?.oldState !== undefined ? "oldState" : "newState";
        const state = first?.[side];
        fc.pre(first !== undefined && state?.inputs !== undefined);
        const changed = { ...first, [side]: { ...state, inputs: { ...state.inputs, added: at } } };
        expect(hash(changed, ...others)).not.toBe(hash(...steps));
        expect(moves(steps, [changed, ...others])).not.toEqual([]);
      }),
    );
  });

  it("is equal exactly when nothing moved", () => {
    fc.assert(
      fc.property(anySteps, anySteps, (one, other) => {
        expect(moves(one, other).length === 0).toBe(hash(...one) === hash(...other));
      }),
    );
  });

  it("tells stacks apart", () => {
    expect(planHash("prod", {})).not.toBe(planHash("dev", {}));
    expect(planHash("prod", {})).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it("tells keys with dots from nested ones, and empty from absent", () => {
    const texts = [{ a: { b: 1 } }, { "a.b": 1 }, { a: {} }, { a: [] }, {}, { a: null }, { a: [1] }, { a: { 0: 1 } }];
    expect(new Set(texts.map((inputs) => hash(same(machine, inputs)))).size).toBe(texts.length);
  });

  it("changes when the same settings would be applied in another way", () => {
    const states = { oldState: { type: "", inputs: { a: 1 } }, newState: { type: "", inputs: { a: 2 } } };
    const [before, after] = [[step("update", machine, states)], [step("replace", machine, states)]];
    expect(hash(...before)).not.toBe(hash(...after));
    expect(lines(before, after)).toEqual(["acme: machine: reviewed as update, it would now be replace"]);
  });
});

describe("the clock", () => {
  const minted = (op: string, was: string, is: string) =>
    step(op, key, {
      oldState: { type: "", id: "tid_1", inputs: { epoch: 1, issued: was } },
      newState: { type: "", inputs: { epoch: 1, issued: is } },
      ...(op === "same" ? {} : { detailedDiff: { issued: { kind: "update-replace" } } }),
    });

  it("changes nothing in a plan that mints: a second look, an hour later, has the same hash", () => {
    expect(hash(minted("replace", "2026-01-01", "2026-04-01T10:00:00Z"))).toBe(
      hash(minted("replace", "2026-01-01", "2026-04-01T11:00:00Z")),
    );
    const created = (issued: string) => step("create", key, { newState: { type: "", inputs: { issued } } });
    expect(hash(created("10:00"))).toBe(hash(created("11:00")));
  });

  it("moves a plan when a credential comes of age, and only that is named, not what follows from it", () => {
    const version = (secretsVersion: unknown) =>
      step(secretsVersion === 1 ? "same" : "update", machine, {
        oldState: { type: "", inputs: { secretsVersion: 1 } },
        newState: { type: "", inputs: { secretsVersion } },
      });
    const before = [minted("same", "2026-01-01", "2026-01-01"), version(1)];
    const after = [minted("replace", "2026-01-01", "2026-04-01"), version("04da6b54-80e4-46f7-96ec-b56ff0331ba9")];
    expect(lines(before, after)).toEqual(["acme: access key alice: has become due for rotation since the review"]);
  });
});

describe("what moved", () => {
  it("is told by tenant, resource and setting, what is declared apart from what exists", () => {
    const wanting = (memory: number, existing: number) =>
      step("update", machine, {
        oldState: { type: "", inputs: { config: { guest: { memory_mb: existing } } } },
        newState: { type: "", inputs: { config: { guest: { memory_mb: memory } } } },
      });
    expect(lines([wanting(2048, 1024)], [wanting(4096, 512)])).toEqual([
      "acme: machine config.guest.memory_mb: changed since: reviewed 1024, now 512",
      "acme: machine config.guest.memory_mb: declared otherwise: reviewed 2048, now 4096",
    ]);
  });

  it("names resources that came or went on either side", () => {
    const made = step("create", bucket, { newState: { type: "", inputs: { name: "b" } } });
    expect(lines([], [made])).toEqual(["acme: bucket: is declared now, and was not when reviewed"]);
    expect(lines([made], [])).toEqual(["acme: bucket: was declared when reviewed, and is no longer"]);
    expect(lines([made], [same(bucket, { name: "b" })])).toEqual([
      "acme: bucket: exists now, and did not when reviewed",
    ]);
  });
});

describe("secrets", () => {
  const planted = "tsec_planted_0123456789";
  const text = JSON.stringify({
    steps: [
      {
        op: "update",
        urn: key,
        oldState: {
          type: "",
          inputs: {
            value: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", plaintext: planted },
          },
          outputs: {
            secret: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: planted },
          },
        },
        newState: { type: "", inputs: { value: "[secret]" } },
      },
    ],
  });

  it("never get in, marked or masked, and a secret as such is no difference", () => {
    const print = fingerprintOf(parseDigest(text));
    expect(JSON.stringify(print)).not.toContain(planted);
    expect(print[key]?.desired).toEqual({});
  });

  it("show by the version or id beside them", () => {
    const delivered = (version: number) => [
      step("same", machine, { oldState: { type: "", inputs: {}, outputs: { version } }, newState: { type: "" } }),
    ];
    expect(lines(delivered(1), delivered(2))).toEqual([
      "acme: machine: changed since: the vendor shows something else",
    ]);
  });
});
