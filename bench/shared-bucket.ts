import { parseArgs } from "node:util";

import { machinesRun, whyNoMachine } from "../tests/container/machine.ts";
import { type Visibility, visibility } from "../tests/container/shared-bucket/visibility.ts";
import { tenants } from "../tests/container/tenants.ts";

/**
 * `node bench/shared-bucket.ts [--rounds 3]`: seconds until a machine sees what another machine of the same tenant has
 * created, changed and removed, by the time their stat cache lasts. Minimum and maximum of the rounds.
 */
const { values } = parseArgs({ options: { rounds: { type: "string", default: "3" } } });
if (!machinesRun) throw new Error(whyNoMachine);
const { start, tenant, clear, dispose } = tenants();
await start();
try {
  for (const ttl of ["1s", "5s", "30s"]) {
    const seen: Visibility[] = [];
    for (let round = 0; round < Number(values.rounds); round += 1) {
      seen.push(await visibility(await tenant(), ttl));
      await clear();
    }
    const range = (all: readonly number[]) => `${Math.min(...all).toFixed(1)} to ${Math.max(...all).toFixed(1)}`;
    const [created, changed, removed] = (["created", "changed", "removed"] as const).map((what) =>
      range(seen.map((each) => each[what])),
    );
    console.log(JSON.stringify({ ttl, created, changed, removed }));
  }
} finally {
  await dispose();
}
