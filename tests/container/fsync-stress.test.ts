import { afterAll, afterEach, beforeAll, describe, expect } from "@jest/globals";

import { isDeep } from "../support/deep.ts";
import { itIf } from "../support/skip.ts";
import { machinesRun, whyNoMachine } from "./machine.ts";
import { tenants } from "./tenants.ts";

const whyNot = machinesRun ? "make test-deep runs it" : whyNoMachine;
const MACHINES = 6;
const ROUNDS = 400;
const SLOW = 300_000;
/** Closes five files, whose uploads are under way then, and syncs a sixth: nothing else wakes TigrisFS. */
const APP = `
  cd "$MOUNT_PATH"; n=0
  while [ $n -lt ${ROUNDS} ]; do
    for m in 1 2 3 4 5; do echo "$n $m" >"closed-$n-$m"; done
    dd if=/dev/zero of="synced-$n" bs=10 count=1 conv=fsync 2>/dev/null || exit 1
    n=$((n + 1))
  done
  echo "synced $n"; cd /; while :; do sleep 0.1; done`;

const { start, tenant, clear, dispose } = tenants();
beforeAll(start);
afterEach(clear);
afterAll(dispose);

// A wakeup that came while fsync looked was lost, and it waited for ever; tools/tigrisfs/patches/5-wakeup.patch is for it.
describe("fsync on a busy computer", () => {
  itIf(machinesRun && isDeep, whyNot)(
    "comes back each time, while other uploads end beside its own",
    async () => {
      const machines = await Promise.all(
        Array.from({ length: MACHINES }, async () => (await tenant()).machine(["sh", "-c", APP])),
      );
      await Promise.all(machines.map((machine) => machine.says(`synced ${ROUNDS}`)));
      for (const machine of machines) expect(machine.log()).toContain(`synced ${ROUNDS}`);
    },
    SLOW,
  );
});
