import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { startCloud, type TestCloud } from "../support/cloud.ts";
import { isDeep, times } from "../support/deep.ts";
import { outsider } from "../support/outsider.ts";
import { cloudEnd, modelsEnd } from "./conformance/ends.ts";
import { SUBJECTS, traceOf } from "./conformance/traces.ts";

const SEED = Number(process.env["TENANTRY_SEED"] ?? (isDeep ? Math.floor(Date.now() / 86_400_000) : 14));
const TRACES = times(17, 334);

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startCloud();
  await outsider(cloud).fly("PUT", "/_embedded/rate-limits", { enabled: false });
  await cloud.switches({ "tigris.lagMs": 0 });
}, 60_000);
afterAll(() => cloud.dispose(), 60_000);

const step = fc.array(fc.nat({ max: 1000 }), { minLength: 8, maxLength: 8 });

describe("the simulator's models of the vendors", () => {
  it.each(Object.keys(SUBJECTS) as (keyof typeof SUBJECTS)[])(
    `answer as the embedded cloud does, whatever is asked of %s (${TRACES} traces, TENANTRY_SEED=${SEED})`,
    async (subject) => {
      let played = 0;
      const trace = fc.array(step, { minLength: 8, maxLength: 16 });
      await fc.assert(
        fc.asyncProperty(trace, async (steps) => {
          const prefix = `trace${(played += 1)}z`;
          const calls = traceOf(subject, prefix, steps);
          const [modelled, embedded] = [await modelsEnd(SEED)(calls, prefix), await cloudEnd(cloud)(calls, prefix)];
          const pairs = (answers: readonly unknown[]) => calls.map((call, at) => ({ call, answer: answers[at] }));
          expect(pairs(modelled)).toEqual(pairs(embedded));
        }),
        { numRuns: TRACES, seed: SEED, endOnFailure: true },
      );
      expect(played).toBe(TRACES);
    },
    times(120_000, 1_800_000),
  );
});
