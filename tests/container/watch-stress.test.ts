import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect } from "@jest/globals";

import { s3For } from "../local/tigris/clients.ts";
import { isDeep } from "../support/deep.ts";
import { itIf } from "../support/skip.ts";
import { machinesRun, whyNoMachine } from "./machine.ts";
import { tenants } from "./tenants.ts";

const whyNot = machinesRun ? "make test-deep runs it" : whyNoMachine;
/** Never touched; more than one page of a listing with those that are. */
const KEPT = 1000;
const ROUNDS = 40;
/** Lists, writes and renames side by side until it is told to stop, then says what it has. */
const APP = `
  cd "$MOUNT_PATH"; ls -R >/dev/null; mkdir dir-a dir-b; for n in 1 2 3; do echo $n >dir-a/$n; done; echo up
  goes_on() { [ ! -e "$STATE_DIR/stop" ]; }
  lister() { while goes_on; do n=$(ls notes | grep -c '^kept-'); [ "$n" = ${KEPT} ] || echo "vanished: $n"; done; }
  writer() {
    n=0; while goes_on; do n=$((n + 1)); echo $n >notes/own-$n.new && mv notes/own-$n.new notes/own-$n || echo "write $n failed"; done
  }
  mover() { while goes_on; do mv dir-a/* dir-b && mv dir-b/* dir-a || echo "move failed"; done; }
  lister & lister & writer & mover & wait; sync notes dir-a; echo stopped
  while [ ! -e "$STATE_DIR/tell" ]; do sleep 0.1; done
  echo "names: $(ls notes | grep -v '^own-' | sort | md5sum)"; echo "changed: $(cat notes/kept-00500)"; echo "dir: $(cat dir-a/* | tr '\\n' ' ')"
  for file in notes/own-*; do [ "own-$(cat "$file")" = "\${file#notes/}" ] || echo "$file is wrong"; done; echo told`;

const { start, cloud, tenant, clear, dispose } = tenants();
beforeAll(start);
afterEach(clear);
afterAll(dispose);

describe("a watched mount whose folder of more than 1 000 files is changed elsewhere", () => {
  itIf(isDeep && machinesRun, whyNot)(
    "is listed, written and renamed side by side: nothing hangs, vanishes or is lost, and every change is seen",
    async () => {
      const one = await tenant();
      const s3 = s3For(cloud());
      const put = (name: string, Body = "x") =>
        s3.send(new PutObjectCommand({ Bucket: one.bucket, Key: `notes/${name}`, Body }));
      const named = (kind: string, n: number) => `${kind}-${String(n).padStart(5, "0")}`;
      const names = [
        ...Array.from({ length: KEPT }, (_, n) => named("kept", n)),
        ...Array.from({ length: ROUNDS }, (_, n) => named("doomed", n)),
      ];
      const left = [...names];
      const putAll = async () => {
        for (let name = left.pop(); name !== undefined; name = left.pop()) await put(name);
      };
      await Promise.all(Array.from({ length: 16 }, putAll));
      const machine = one.machine(["sh", "-c", APP], { WATCHED_STAT_CACHE_TTL: "1h", TIGRISFS_NO_PRELOAD_DIR: "true" });
      await machine.says(/watch: \d+ objects/);
      await machine.says(/^up$/m);
      for (let round = 0; round < ROUNDS; round += 1) {
        await put(named("theirs", round));
        await s3.send(new DeleteObjectCommand({ Bucket: one.bucket, Key: `notes/${named("doomed", round)}` }));
        await put("kept-00500", `round ${round}`);
        await sleep(Math.random() * 1000);
      }
      machine.write("stop");
      await machine.says("stopped");
      // Two rounds of the watch: the first may have begun before the last change.
      const listings = async () =>
        (await cloud().calls()).find(({ operation }) => operation === "ListObjectsV2")?.count ?? 0;
      const seen = await listings();
      while ((await listings()) < seen + 10) await sleep(100);
      machine.write("tell");
      await machine.says("told");
      const log = machine.log();
      expect(log.match(/^(?:vanished|write \d+ failed|move failed|.* is wrong).*$/gm) ?? []).toEqual([]);
      expect(log).not.toContain("the mount has not answered");
      expect(log).toContain(`changed: round ${ROUNDS - 1}`);
      expect(log).toContain("dir: 1 2 3 ");
      machine.signal("SIGTERM");
      await machine.ended;
      expect(machine.log()).toContain("everything was flushed");
      const inBucket = (await one.names()).filter((name) => name.startsWith("notes/") && !name.endsWith("/"));
      const others = inBucket.map((name) => name.slice(6)).filter((name) => !name.startsWith("own-"));
      const theirs = Array.from({ length: ROUNDS }, (_, n) => named("theirs", n));
      expect(others).toEqual([...names.slice(0, KEPT), ...theirs]);
      expect(log).toContain(`names: ${md5(`${others.join("\n")}\n`)}`);
      expect(inBucket.length).toBeGreaterThan(KEPT + ROUNDS);
    },
    600_000,
  );
});

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
