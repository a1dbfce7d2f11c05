import { parseArgs } from "node:util";

import { machinesRun, whyNoMachine } from "../tests/container/machine.ts";
import { liveTimes } from "../tests/container/shared-bucket/live.ts";
import { tenants } from "../tests/container/tenants.ts";

/**
 * `node bench/live.ts [--rounds 20]`: seconds until an app in a machine sees a change of a folder that `tenantry live` keeps,
 * and the folder one of the app, by the time that the machine's stat cache lasts and by how often live looks at the bucket.
 * Minimum and maximum of the rounds.
 */
const { values } = parseArgs({ options: { rounds: { type: "string", default: "20" } } });
if (!machinesRun) throw new Error(whyNoMachine);
const { start, tenant, clear, dispose } = tenants();
await start();
try {
  for (const [ttl, every] of [
    ["1s", 1],
    ["1s", 2],
    ["2s", 1],
    ["5s", 1],
    ["1h", 1],
  ] as const) {
    const times = await liveTimes(await tenant(), ttl, { rounds: Number(values.rounds), everyMs: every * 1000 });
    await clear();
    const range = (all: readonly number[]) => `${Math.min(...all).toFixed(1)} to ${Math.max(...all).toFixed(1)}`;
    const [toApp, toFolder] = (["toApp", "toFolder"] as const).map((way) => range(times.map((each) => each[way])));
    console.log(JSON.stringify({ ttl, every: `${every}s`, toApp, toFolder }));
  }
} finally {
  await dispose();
}
