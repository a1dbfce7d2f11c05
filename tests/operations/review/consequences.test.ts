import { describe, expect, it } from "@jest/globals";

import { consequenceOf } from "../../../operations/review/consequences.ts";

import { unconfiguredTypes } from "../../../provider/types.ts";
import { kindOf, RESOURCE_KINDS, TOKENS } from "../../../resource-kinds/kinds.ts";
import type { ResourceKind } from "../../../resource-kinds/resource-kind.ts";

const types = unconfiguredTypes();
const UNSAID = "created again";

describe("what a change means", () => {
  it.each(TOKENS)("is said for every input that replaces a %s, and for its deletion", async (token) => {
    const { replaceOn } = await types.type(token);
    for (const input of replaceOn) {
      const said = consequenceOf(token, "replace", [input]);
      expect({ input, said }).not.toEqual({ input, said: UNSAID });
    }
    expect(consequenceOf(token, "delete", [])).toBeDefined();
  });

  it.each(TOKENS)("is said of no input that a %s does not have, or that does not replace it", async (token) => {
    const { inputs, replaceOn } = await types.type(token);
    const { update = {}, replace = {} } = (RESOURCE_KINDS[token] as ResourceKind).means;
    expect(Object.keys(inputs.shape)).toEqual(expect.arrayContaining(Object.keys(update)));
    expect(["*", ...replaceOn]).toEqual(expect.arrayContaining(Object.keys(replace)));
    expect(consequenceOf(token, "update", ["bogus"])).toBeUndefined();
  });

  it("follows the setting that forces it, and is said of a deeper path too", () => {
    const machine = "tenantry:fly:Machine";
    expect(consequenceOf(machine, "replace", ["region", "config"])).toContain("created there first");
    expect(consequenceOf(machine, "update", ["config.env.LOG_LEVEL"])).toContain("restarts");
    expect(consequenceOf("tenantry:turso:Database", "replace", ["group"])).toContain("all rows are lost");
    expect(consequenceOf("other:index:Thing", "replace", ["name"])).toBe(UNSAID);
  });
});

describe("a resource type", () => {
  it.each(TOKENS)("%s has a word for people", (token) => {
    expect(kindOf(token)?.word).toMatch(/^[a-z ]+$/);
  });

  it("that holds data is known as such, also of other packages", () => {
    const holding = [...TOKENS, "aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2", "aws:iam/user:User"].filter(
      (type) => kindOf(type)?.holds !== undefined,
    );
    expect(holding).toEqual([
      "tenantry:tigris:Bucket",
      "tenantry:turso:Group",
      "tenantry:turso:Database",
      "tenantry:fly:Volume",
      "aws:s3/bucket:Bucket",
      "aws:s3/bucketV2:BucketV2",
    ]);
  });

  it("of a component or of Pulumi itself exists at no vendor", () => {
    expect(kindOf("tenantry:index:Tenant")).toBeUndefined();
    expect(kindOf("pulumi:providers:tenantry")).toBeUndefined();
  });
});
