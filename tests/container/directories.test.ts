import { afterAll, afterEach, beforeAll, describe, expect } from "@jest/globals";

import { times } from "../support/deep.ts";
import { itIf } from "../support/skip.ts";
import { machinesRun, whyNoMachine } from "./machine.ts";
import { tenants } from "./tenants.ts";

const { start, tenant, clear, dispose } = tenants();
const ROUNDS = times(5, 60);
const SLOW = times(240_000, 1_800_000);
beforeAll(start, SLOW);
afterEach(clear);
afterAll(dispose);

/** Renames files and folders and lists the same folders side by side; each mover ends where it began. */
const APP = `cd "$MOUNT_PATH"; mkdir a b
for i in 1 2 3; do mkdir a/dir-$i; echo $i >a/dir-$i/file; echo $i >a/file-$i; done
mover() {
  n=0; while [ $n -lt ${ROUNDS} ]; do n=$((n + 1))
    mv a/file-$1 b/file-$1 && mv b/file-$1 a/file-$1 && mv a/dir-$1 b/dir-$1 && mv b/dir-$1 a/dir-$1 || echo "mover $1 failed"
  done
}
lister() { while [ ! -e /tmp/moved-$$ ]; do find . >/dev/null 2>&1; ls -l $1 >/dev/null 2>&1; done; }
mover 1 & one=$!; mover 2 & two=$!; mover 3 & three=$!
lister a & lister b & lister . &
wait $one $two $three
touch /tmp/moved-$$; wait; rm /tmp/moved-$$
find . -type f | sort | tr '\\n' ' '; echo`;

describe("folders of the mount", () => {
  itIf(machinesRun, whyNoMachine)(
    "are renamed and listed side by side without a hang, and everything is where it belongs",
    async () => {
      const one = await tenant();
      const machine = one.machine(["sh", "-c", APP], { STOP_FLUSH_SECONDS: String(times(120, 600)) });
      expect(await machine.ended).toBe(0);
      const words = machine.log();
      expect(words).not.toContain("the mount has not answered");
      expect(words).not.toMatch(/^mover \d failed$/m);
      const names = [1, 2, 3].flatMap((n) => [`a/dir-${n}/file`, `a/file-${n}`]).sort();
      expect(words).toContain(names.map((name) => `./${name} `).join(""));
      expect(words).toContain("everything was flushed");
      expect((await one.names()).filter((name) => !name.endsWith("/"))).toEqual(names);
    },
    SLOW,
  );
});
