import { describe, expect, it } from "@jest/globals";

import { matrixOf } from "../../../operations/fleet/matrix.ts";

describe("the matrix of a workflow", () => {
  it("has a job per stack, and one environment for all stacks of a group", () => {
    const stacks = [
      { stack: "dev", group: undefined },
      { stack: "prod-00", group: "prod" },
      { stack: "prod-01", group: "prod" },
    ];
    expect(matrixOf(stacks)).toEqual({
      include: [
        { stack: "dev", environment: "dev" },
        { stack: "prod-00", environment: "prod" },
        { stack: "prod-01", environment: "prod" },
      ],
    });
  });

  it("is refused where GitHub would not run it", () => {
    const many = (count: number) => Array.from({ length: count }, (_, at) => ({ stack: `s${at}`, group: undefined }));
    expect(matrixOf(many(256)).include).toHaveLength(256);
    expect(() => matrixOf(many(257))).toThrow(/MATRIX_TOO_LARGE/);
  });
});
