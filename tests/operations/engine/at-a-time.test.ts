import { describe, expect, it } from "@jest/globals";

import { readsAtATime, stepsAtATime } from "../../../operations/engine/at-a-time.ts";

const real = { settings: { cloud: "real" as const } };
const embedded = { settings: { cloud: "embedded" as const } };

describe("how many resources at a time", () => {
  it("waits for many answers of real vendors side by side, and leaves the cores of this computer to its own machines", () => {
    expect(readsAtATime).toEqual(["--parallel", "64"]);
    expect(stepsAtATime(real)).toEqual(["--parallel", "64"]);
    expect(stepsAtATime(embedded)).toEqual([]);
  });

  it("is what somebody asks for", () => {
    expect(stepsAtATime(real, "2")).toEqual(["--parallel", "2"]);
    expect(stepsAtATime(embedded, "5")).toEqual(["--parallel", "5"]);
  });
});
