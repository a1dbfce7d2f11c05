import { setTimeout as sleep } from "node:timers/promises";

import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect } from "@jest/globals";

import { s3For } from "../local/tigris/clients.ts";
import { isDeep } from "../support/deep.ts";
import { itIf } from "../support/skip.ts";
import { machinesRun, whyNoMachine } from "./machine.ts";
import { tenants } from "./tenants.ts";

const whyNot = machinesRun ? "make test-deep runs it" : whyNoMachine;
/** More than one page of a listing. */
const FILES = 1200;
/** Lists the folder each time that it is told to, when the stat cache has ended. */
const LISTER = `
  cd "$MOUNT_PATH"; echo up
  for turn in first second third; do
    while [ ! -e "$STATE_DIR/$turn" ]; do sleep 0.1; done
    echo "$turn: $(ls notes | wc -l)"
  done
  while :; do sleep 0.1; done`;

const { start, cloud, tenant, clear, dispose } = tenants();
beforeAll(start);
afterEach(clear);
afterAll(dispose);

// TigrisFS v1.2.1 as it is released locks the handle that lists a second time; tools/tigrisfs/patches/1-handles.patch is for it.
describe("a folder of more than 1 000 files", () => {
  itIf(isDeep && machinesRun, whyNot)(
    "is listed again and again, also after a file in it was removed elsewhere",
    async () => {
      const one = await tenant();
      const s3 = s3For(cloud());
      const keys = Array.from({ length: FILES }, (_, n) => `notes/${String(n).padStart(5, "0")}`);
      const put = async () => {
        for (let Key = keys.pop(); Key !== undefined; Key = keys.pop())
          await s3.send(new PutObjectCommand({ Bucket: one.bucket, Key, Body: "x" }));
      };
      await Promise.all(Array.from({ length: 16 }, put));
      const machine = one.machine(["sh", "-c", LISTER], { TIGRISFS_STAT_CACHE_TTL: "1s" });
      await machine.says(/^up$/m);
      machine.write("first");
      await machine.says("first: ");
      await sleep(3000);
      machine.write("second");
      await machine.says("second: ");
      expect(machine.log()).toMatch(/^first: 1200$[^]*^second: 1200$/m);
      await s3.send(new DeleteObjectCommand({ Bucket: one.bucket, Key: "notes/01150" }));
      await sleep(3000);
      machine.write("third");
      await machine.says("third: 1199");
      expect(machine.pidsOf("ls")).toEqual([]);
    },
    300_000,
  );
});
