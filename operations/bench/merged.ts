import { isDeepStrictEqual } from "node:util";

import type { BenchReport, Unmeasured } from "./report.ts";

/**
 * Two runs of the same computer and the same programs as one: what the later one has measured are further rounds. Of another
 * computer or other programs the earlier run says nothing, and is left out. Pure.
 */
export function merged(earlier: BenchReport, later: BenchReport): BenchReport {
  if (!isDeepStrictEqual([earlier.machine, earlier.versions], [later.machine, later.versions])) return later;
  const before = Math.max(0, ...earlier.samples.map(({ round }) => round));
  const samples = [...earlier.samples, ...later.samples.map((sample) => ({ ...sample, round: before + sample.round }))];
  const isMeasured = ({ side, task, tenants }: Unmeasured) =>
    samples.some((each) => each.side === side && each.task === task && (tenants ?? each.tenants) === each.tenants);
  const whyNot = new Map([...earlier.unmeasured, ...later.unmeasured].map((each) => [nameOf(each), each]));
  return {
    ...later,
    seconds: earlier.seconds + later.seconds,
    tenants: [...new Set([...earlier.tenants, ...later.tenants])].sort((one, other) => one - other),
    rounds: Math.max(...samples.map(({ round }) => round), later.rounds),
    load: { before: earlier.load.before, after: later.load.after },
    samples,
    unmeasured: [...whyNot.values()].filter((each) => !isMeasured(each)),
  };
}

function nameOf({ side, task, tenants }: Unmeasured): string {
  return [side, task, tenants ?? ""].join(" ");
}
