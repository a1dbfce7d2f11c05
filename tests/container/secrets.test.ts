import { readFileSync } from "node:fs";

import { afterAll, afterEach, beforeAll, describe, expect } from "@jest/globals";

import { itIf } from "../support/skip.ts";
import { machinesRun, whyNoMachine } from "./machine.ts";
import { tenants } from "./tenants.ts";

const { start, tenant, clear, dispose } = tenants();
beforeAll(start);
afterEach(clear);
afterAll(dispose);

/** The command line of a process; "" when it has ended meanwhile. */
function argvOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

describe("a machine's secrets", () => {
  itIf(machinesRun, whyNoMachine)(
    "are in no process's arguments and in no line of its log, from start to end",
    async () => {
      const one = await tenant();
      const secrets = [one.key.accessKeyId, one.key.secretAccessKey, `token-of-${one.bucket}`];
      const machine = one.machine(["sh", "-c", "sleep 1.5"], { APP_USER: "daemon" });
      const seen = new Set<string>();
      const watch = setInterval(() => {
        for (const pid of machine.pids()) seen.add(argvOf(pid));
      }, 5);
      const code = await machine.ended;
      clearInterval(watch);
      const lines = [...seen];
      expect(code).toBe(0);
      expect(lines.some((line) => line.startsWith("tigrisfs\0-f\0"))).toBe(true);
      expect(lines.length).toBeGreaterThan(5);
      expect(lines.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([]);
      expect(secrets.filter((secret) => machine.log().includes(secret))).toEqual([]);
      expect(machine.log()).toContain("AWS_ACCESS_KEY_ID = ***");
    },
  );

  itIf(machinesRun, whyNoMachine)(
    "reach the app, and nobody else's environment can be read by an app of another user",
    async () => {
      const one = await tenant();
      const words = '[ "$AWS_SECRET_ACCESS_KEY" ] && echo has its key; cat /proc/1/environ || echo cannot read';
      const machine = one.machine(["sh", "-c", words], { APP_USER: "daemon" });
      await machine.ended;
      expect(machine.log()).toContain("has its key\n");
      expect(machine.log()).toContain("cannot read\n");
    },
  );
});
