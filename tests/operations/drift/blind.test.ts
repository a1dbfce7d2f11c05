import { describe, expect, it } from "@jest/globals";

import { ALWAYS_BLIND } from "../../../operations/drift/blind.ts";
import { unconfiguredTypes } from "../../../provider/types.ts";
import { RESOURCE_KINDS } from "../../../resource-kinds/kinds.ts";
import type { ResourceKind } from "../../../resource-kinds/resource-kind.ts";

const rows = Object.entries<ResourceKind>(RESOURCE_KINDS);

describe("the aspects of drift", () => {
  it("are all that a resource type has: what no vendor shows is named with the reason, and nothing else is", () => {
    const unseen = rows.flatMap(([token, { inputs, outputs }]) =>
      Object.entries({ ...inputs, ...outputs }).flatMap(([name, { role }]) =>
        role === "unseen" ? [`${token.split(":")[2] ?? ""}.${name}`] : [],
      ),
    );
    expect(ALWAYS_BLIND.flatMap(({ of }) => of).sort()).toEqual(unseen.sort());
  });

  it.each(rows)("are called as the inputs and outputs of %s are", async (token, { inputs, outputs = {} }) => {
    const type = await unconfiguredTypes().type(token);
    expect(Object.keys(inputs).sort()).toEqual(Object.keys(type.inputs.shape).sort());
    expect(type.outputs).toEqual(expect.arrayContaining(Object.keys(outputs)));
  });

  it("say why they cannot be seen", () => {
    for (const { why } of ALWAYS_BLIND) expect(why).toMatch(/^[A-Z`].{20,}\.$/);
  });
});
