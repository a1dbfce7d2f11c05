import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { checkedInputs } from "../../../provider/plugin/checked-inputs.ts";
import { Unknown } from "../../../provider/plugin/unknown.ts";

const schema = z.strictObject({
  name: z.string().min(3),
  size: z.int().default(7),
  tags: z.record(z.string(), z.string()).optional(),
});

describe("checked inputs", () => {
  it("carry their defaults", () => {
    expect(checkedInputs(schema, { name: "acme" })).toEqual({ inputs: { name: "acme", size: 7 }, faults: [] });
  });

  it("are refused with every fault at once", () => {
    const { faults } = checkedInputs(schema, { name: "a", size: "x", colour: "red" });
    expect(faults.map(({ property }) => property).sort()).toEqual(["", "name", "size"]);
  });

  it("let a value pass that is not known yet, and still check the others", () => {
    const { inputs, faults } = checkedInputs(schema, { name: Unknown.value, size: "x" });
    expect(faults.map(({ property }) => property)).toEqual(["size"]);
    expect(inputs["name"]).toBe(Unknown.value);
    expect(checkedInputs(schema, { name: Unknown.value }).inputs).toEqual({ name: Unknown.value, size: 7 });
  });

  it("let a map pass that holds a value not known yet", () => {
    const tags = { a: Unknown.value, b: "x" };
    expect(checkedInputs(schema, { name: "acme", tags })).toEqual({
      inputs: { name: "acme", size: 7, tags },
      faults: [],
    });
  });

  it("refuse a misspelt input also when its value is not known yet", () => {
    const { faults } = checkedInputs(schema, { name: Unknown.value, nmae: Unknown.value });
    expect(faults).toHaveLength(1);
  });

  it("keep a secret value out of the faults", () => {
    const { faults } = checkedInputs(z.strictObject({ token: z.string().length(3) }), { token: "planted-secret" });
    expect(JSON.stringify(faults)).not.toContain("planted-secret");
  });
});
