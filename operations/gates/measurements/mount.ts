import { TenantryError } from "../../../errors/tenantry-error.ts";
import type { Gate, Measured } from "../gate.ts";
import type { Measurement } from "../measurement.ts";
import type { Sides } from "../scratch-tenants.ts";
import { withMachine } from "../with-machine.ts";
import { quantile } from "../../engine/quantile.ts";

const PHASE = "1 server-side mount";
const FAR =
  "the start of a real Fly machine (image pull, firmware, kernel), and Tigris' answers at the first mount in a region.";

const READY: Gate = {
  id: "mount.ready",
  phase: PHASE,
  name: "Start to mount ready",
  question: "How long does a machine take from the call that creates it until its bucket is mounted (median)?",
  unit: "ms",
  threshold: 1000,
  good: "below",
  cannotTell: FAR,
};
const ANSWER: Gate = {
  id: "mount.first-answer",
  phase: PHASE,
  name: "Start to first answer",
  question: "How long does it take until the app in the machine answers its first request (median)?",
  unit: "ms",
  good: "below",
  cannotTell: FAR,
};
const SUCCESS: Gate = {
  id: "mount.success",
  phase: PHASE,
  name: "Mounts that succeed",
  question: "How many of the started machines mount their bucket and answer?",
  unit: "%",
  threshold: 100,
  good: "above",
  cannotTell: FAR,
};

const SQLITE: Sides = { files: "bucket", index: "sqlite" };
const FULL: readonly Sides[] = Array.from({ length: 50 }, () => SQLITE);
/** Those that other gates use too. */
const QUICK: readonly Sides[] = [SQLITE, { files: "bucket", index: "libsql" }];

/** Starts machines one after the other, each on a bucket of its own. */
export const mountMeasurement: Measurement = {
  gates: [READY, ANSWER, SUCCESS],
  needsCloud: true,
  async measure(scratch, { quick, tell, signal }) {
    const wanted = quick ? QUICK : FULL;
    const ready: number[] = [];
    const answered: number[] = [];
    const failed: string[] = [];
    let tried = 0;
    for (const sides of wanted) {
      if (signal.aborted) break;
      tried += 1;
      tell(`mount ${tried} of ${wanted.length}`);
      try {
        await withMachine(scratch, sides, { quick }, ({ mountReadyMs, firstAnswerMs }) => {
          ready.push(mountReadyMs);
          answered.push(firstAnswerMs);
          return Promise.resolve();
        });
      } catch (error) {
        if (!(error instanceof TenantryError)) throw error;
        failed.push(error.code);
      }
    }
    const how = `${tried} machines one after the other, 1 CPU, 1 GB, an empty bucket, the image already unpacked`;
    const of = (samples: readonly number[]): Measured => ({
      value: samples.length === 0 ? undefined : quantile(samples, 0.5),
      samples,
      how,
      detail: {
        head: ["", "min", "median", "p95", "max"],
        rows: [["ms", ...[0, 0.5, 0.95, 1].map((share) => String(quantile(samples, share)))]],
      },
    });
    return {
      [READY.id]: of(ready),
      [ANSWER.id]: of(answered),
      [SUCCESS.id]: {
        value: tried === 0 ? undefined : (ready.length / tried) * 100,
        samples: [],
        how,
        detail: {
          head: ["tried", "succeeded", "failed with"],
          rows: [[String(tried), String(ready.length), failed.join("; ")]],
        },
      },
    };
  },
};
