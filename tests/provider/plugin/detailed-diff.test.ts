import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { pathSteps, valueAt } from "../../../operations/engine/property-path.ts";
import { differences } from "../../../provider/plugin/detailed-diff.ts";
import { Unknown } from "../../../provider/plugin/unknown.ts";

const properties = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 4 }),
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown>,
);

describe("the differences between two sets of inputs", () => {
  it("are none between equal ones", () => {
    fc.assert(
      fc.property(properties, (inputs) => {
        expect(differences(inputs, structuredClone(inputs))).toEqual([]);
      }),
    );
  });

  it("are some exactly when the two are not equal", () => {
    fc.assert(
      fc.property(properties, properties, (one, other) => {
        expect(differences(one, other).length === 0).toBe(
          JSON.stringify(sorted(one)) === JSON.stringify(sorted(other)),
        );
      }),
    );
  });

  it("name a place that can be found again in one of the two", () => {
    fc.assert(
      fc.property(properties, properties, (one, other) => {
        for (const { path, change } of differences(one, other)) {
          expect(valueAt(change === "delete" ? one : other, path)).not.toBeUndefined();
        }
      }),
    );
  });

  it("point at the deepest setting, with its top-level input", () => {
    const olds = { config: { env: { LOG_LEVEL: "info", "a.b": 1 }, ports: [80] }, name: "acme" };
    const news = { config: { env: { LOG_LEVEL: "debug" }, ports: [80, 443] }, name: "acme" };
    expect(differences(olds, news)).toEqual([
      { path: "config.env.LOG_LEVEL", input: "config", change: "update" },
      { path: 'config.env["a.b"]', input: "config", change: "delete" },
      { path: "config.ports[1]", input: "config", change: "add" },
    ]);
  });

  it("count a value that is not known yet as changed, even against itself", () => {
    expect(differences({ dbId: "x" }, { dbId: Unknown.value })).toEqual([
      { path: "dbId", input: "dbId", change: "update" },
    ]);
    expect(differences({ dbId: Unknown.value }, { dbId: Unknown.value })).toHaveLength(1);
  });
});

it("a property path is taken apart into its steps", () => {
  expect(pathSteps('config.env["a.b\\"c"][12].x')).toEqual(["config", "env", 'a.b"c', "12", "x"]);
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : value;
  const entries = Object.entries(value).map(([key, inner]) => [key, sorted(inner)] as const);
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}
