import { afterAll, afterEach, beforeAll, describe, expect } from "@jest/globals";

import { itIf } from "../support/skip.ts";
import { machinesRun, whyNoMachine } from "./machine.ts";
import { visibility } from "./shared-bucket/visibility.ts";
import { tenants } from "./tenants.ts";

const { start, tenant, clear, dispose } = tenants();
beforeAll(start);
afterEach(clear);
afterAll(dispose);

const WAIT = "while :; do sleep 0.1; done";
const when = (file: string) => `while [ ! -e "$STATE_DIR/${file}" ]; do sleep 0.05; done`;

describe("two machines of one tenant", () => {
  itIf(machinesRun, whyNoMachine)(
    "see each other's new, changed and removed files when their stat cache has ended",
    async () => {
      const seen = await visibility(await tenant(), "2s");
      // How long that takes says bench/shared-bucket.ts; a busy machine only makes it longer.
      expect(Object.values(seen).filter((seconds) => !(seconds < 30))).toEqual([]);
    },
  );

  itIf(machinesRun, whyNoMachine)(
    "overwrite each other's file: the last upload wins, whole, and nobody is told",
    async () => {
      const one = await tenant();
      const words = (text: string) =>
        `cd "$MOUNT_PATH"; echo ready; ${when("go")}; echo ${text} >f; sync f && echo acknowledged; cd /; ${WAIT}`;
      const machines = ["first", "second"].map((text) => one.machine(["sh", "-c", words(text)]));
      for (const machine of machines) await machine.says("ready");
      for (const machine of machines) {
        machine.write("go");
        await machine.says("acknowledged");
      }
      expect(await one.text("f")).toBe("second\n");
      for (const machine of machines) machine.signal("SIGTERM");
      await Promise.all(machines.map((machine) => machine.ended));
      expect(await one.text("f")).toBe("second\n");
      const saysSo = machines.map((machine) => machine.log().includes("everything was flushed"));
      expect(saysSo).toEqual([true, true]);
    },
  );

  itIf(machinesRun, whyNoMachine)("do not see each other's locks", async () => {
    const one = await tenant();
    const words = `cd "$MOUNT_PATH"; exec 9>>lock; flock -n 9 && echo locked; cd /; ${WAIT}`;
    const machines = [1, 2].map(() => one.machine(["sh", "-c", words]));
    for (const machine of machines) await machine.says(/^locked$/m);
    expect(machines.map((machine) => /^locked$/m.test(machine.log()))).toEqual([true, true]);
  });
});
