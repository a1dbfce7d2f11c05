import { describe, expect, it } from "@jest/globals";

import type { ScaleRun } from "../../bench/scale-run.ts";
import { scaleTables } from "../../docs/generator/scale-page.ts";

const figure = (seconds: number, megabytes: number, othersShare = 0) => ({
  ...{ seconds, othersShare, cpuSeconds: {} },
  peakMb: { "command line": megabytes, engine: megabytes / 2, "embedded cloud": 9999 },
});
const run = (tenants: number, stacks: number, figures: ScaleRun["figures"]): ScaleRun => ({
  ...{ tenants, stacks, workers: 2, measuredAt: "2026-11-28T09:00:00.000Z", load: [0], stateBytesPerTenant: 9000 },
  computer: { cores: 2, cpu: "a processor", memoryGb: 4, system: "linux" },
  versions: { node: "24.0.0", pulumi: "3.0.0" },
  figures,
});
const text = scaleTables([
  run(10, 1, { "`fleet list`": figure(1, 80), "`drift` of one stack": figure(2, 90) }),
  run(1000, 5, { "`fleet list`": figure(20, 120, 0.4) }),
]);

describe("the page of fleets of many stacks", () => {
  it("shows a column for each size, and marks what other work disturbed", () => {
    expect(text).toContain("| tenants in stacks | 10 in 1 | 1 000 in 5 |");
    expect(text).toContain("| `fleet list` | 1.0 | 20.0 ~ |");
    expect(text).toContain("| `drift` of one stack | 2.0 |  |");
  });

  it("counts the largest process, and none of the embedded cloud's", () => {
    expect(text).toContain("| `fleet list` | 80.0 | 120 |");
  });

  it("derives larger fleets from the largest run: 20 s x 2 workers / 1 000 tenants are 40 ms a tenant", () => {
    expect(text).toContain("| `fleet list` | 40.0 ms | 3 min | 33 min | 5.6 h | 3 min |");
  });
});
