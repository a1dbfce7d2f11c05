import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, describe, expect } from "@jest/globals";

import { itIf } from "../support/skip.ts";
import { machinesRun, whyNoMachine } from "./machine.ts";
import { liveFolder, liveTimes } from "./shared-bucket/live.ts";
import { tenants } from "./tenants.ts";

const SLOW = 60_000;
const TTL = "1s";

const { start, tenant, clear, dispose } = tenants();
beforeAll(start);
afterEach(clear);
afterAll(dispose);

describe("a folder that live keeps together with a machine's files", () => {
  itIf(machinesRun, whyNoMachine)(
    "has a change in the app within 5 seconds, and the app's here",
    async () => {
      // The best of three: a crowded computer only makes it longer. How long it takes says bench/live.ts.
      const times = await liveTimes(await tenant(), TTL, { rounds: 3 });
      expect(Math.min(...times.map(({ toApp }) => toApp))).toBeLessThan(5);
      expect(Math.min(...times.map(({ toFolder }) => toFolder))).toBeLessThan(5);
    },
    SLOW,
  );

  itIf(machinesRun, whyNoMachine)(
    "loses no edit when both change one file at the same time: both texts are on both sides",
    async () => {
      const one = await tenant();
      const go = (round: number) => `until [ -e "$STATE_DIR/go-${round}" ]; do sleep 0.01; done`;
      const edit = (round: number) =>
        `${go(round)}; echo "app ${round}" >f-${round}; sync f-${round}; echo wrote ${round}`;
      // It keeps looking, as an app does, so that it holds an old version at the moment it writes.
      const looking = `while :; do cat f-* >/dev/null; sleep 0.02; done &`;
      const rounds = [0, 1, 2, 3];
      const app = `cd "$MOUNT_PATH"; ${rounds.map((round) => `echo first >f-${round}`).join("; ")}; sync .; echo ready
        ${looking} ${rounds.map(edit).join("; ")}; until [ -e "$STATE_DIR/list" ]; do sleep 0.05; done
        sleep 1.5; for file in f-*; do echo "$file holds $(cat "$file")"; done; echo listed; sleep 60`;
      const machine = one.machine(["sh", "-c", app], { TIGRISFS_STAT_CACHE_TTL: TTL });
      await machine.says(/^ready$/m);
      const folder = await liveFolder(one, TTL);
      while (!rounds.every((round) => folder.text(`f-${round}`) === "first\n")) await sleep(20);
      for (const round of rounds) {
        // Once the app is first, once we are, by less than live needs for anything.
        if (round % 2 === 0) machine.write(`go-${round}`);
        await sleep(round * 30);
        folder.write(`f-${round}`, `mine ${round}`);
        if (round % 2 === 1) machine.write(`go-${round}`);
        await machine.says(`wrote ${round}`);
      }
      const textsHere = () =>
        readdirSync(folder.dir)
          .filter((name) => name !== ".tenantry")
          .map((name) => folder.text(name).trim());
      const all = rounds.flatMap((round) => [`app ${round}`, `mine ${round}`]).sort();
      while (textsHere().sort().join() !== all.join()) await sleep(50);
      machine.write("list");
      await machine.says(/^listed$/m);
      const textsThere = [...machine.log().matchAll(/^f-\S+ holds (.*)$/gm)].map(([, text]) => text);
      expect(textsThere.sort()).toEqual(all);
      await folder.end();
    },
    SLOW,
  );
});
