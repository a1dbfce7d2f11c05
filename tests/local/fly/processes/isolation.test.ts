import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { GetObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect } from "@jest/globals";

import { machinesRun, whyNoMachine } from "../../../container/machine.ts";
import { itIf } from "../../../support/skip.ts";
import { s3For } from "../../tigris/clients.ts";
import type { Machine } from "../fly-cloud.ts";
import { allArguments, pidsWith, type RunningFly, served, startRunningFly } from "./running-fly.ts";

let running: RunningFly;
let ada: Machine;
let bob: Machine;
const secrets: string[] = [];
beforeAll(async () => {
  if (!machinesRun) return;
  running = await startRunningFly(["tigris", "fly"]);
  [ada, bob] = (await Promise.all(["ada", "bob"].map((name) => tenant(name)))) as [Machine, Machine];
  await Promise.all(["ada", "bob"].map((app) => running.get(app, `/write?value=of+${app}`)));
});
afterAll(async () => {
  if (machinesRun) await running.fly.dispose();
});

async function tenant(name: string): Promise<Machine> {
  const bucket = await running.bucket(`tnt-${name}`);
  const own = { ...bucket.secrets, DATABASE_AUTH_TOKEN: `database-token-of-${name}` };
  secrets.push(...Object.values(own));
  return running.machine(name, { env: bucket.env, stop_config: { signal: "SIGTERM", timeout: "60s" } }, own);
}

const textOf = async (bucket: string, key: string) =>
  (await s3For(running.fly.cloud).send(new GetObjectCommand({ Bucket: bucket, Key: key }))).Body?.transformToString();

describe("a tenant's machine", () => {
  itIf(machinesRun, whyNoMachine)("has its own bucket at the same path as everybody, and no other's", async () => {
    expect(await running.exec("ada", ada.id, "cat /app/data/*")).toEqual({ code: 0, out: "of ada\n" });
    expect(await running.exec("bob", bob.id, "cat /app/data/*")).toEqual({ code: 0, out: "of bob\n" });
    const { out } = await running.exec("ada", ada.id, "cat /proc/mounts");
    expect(out).toContain("fuse.tigrisfs");
    expect(out).not.toContain("bob");
  });

  itIf(machinesRun, whyNoMachine)("sees its own processes alone, and the environment of no other", async () => {
    const { out } = await running.exec("ada", ada.id, "cat /proc/[0-9]*/environ | tr '\\0' '\\n'");
    expect(out).toContain("DATABASE_AUTH_TOKEN=database-token-of-ada");
    expect(out).not.toContain("bob");
    const inside = (await running.exec("ada", ada.id, "ls -d /proc/[0-9]* | wc -l")).out;
    expect(Number(inside)).toBeLessThan(30);
    expect(readdirSync("/proc").filter((name) => /^\d+$/.test(name)).length).toBeGreaterThan(Number(inside));
  });

  itIf(machinesRun, whyNoMachine)("cannot trace or signal what runs outside of it", async () => {
    const [outside = 0] = pidsWith("database-token-of-bob");
    expect((await running.exec("ada", ada.id, `kill -0 ${outside} || cat /proc/${outside}/environ`)).code).not.toBe(0);
  });

  itIf(machinesRun, whyNoMachine)(
    "finds nothing of this host but its programs: no home, no project, none of the cloud's own files",
    async () => {
      const { home } = running.fly.cloud;
      const places = [home, join(home, "cloud/cloud.json"), process.cwd(), "/etc/shadow"];
      expect(places.every((place) => existsSync(place))).toBe(true);
      const { out } = await running.exec(
        "ada",
        ada.id,
        `ls -d ${places.join(" ")} 2>/dev/null; ls -A /root /home /tmp; ls /`,
      );
      for (const place of places) expect(out).not.toContain(place);
      expect(out).toMatch(/^\/home:\napp\n\n\/root:\n\n\/tmp:\napp\nbin\n/);
    },
  );

  itIf(machinesRun, whyNoMachine)("leaves nothing of itself on this host", () => {
    expect(existsSync("/app/data/written")).toBe(false);
    expect(readdirSync(join(running.fly.cloud.home, "cloud/fly/root"))).toEqual([]);
    expect(readFileSync("/proc/mounts", "utf8")).not.toContain("tnt-ada");
  });

  itIf(machinesRun, whyNoMachine)(
    "has its secrets in the environment and nowhere else: no arguments, no log, no file of the cloud's",
    async () => {
      const args = allArguments();
      const logs = `${await running.log("ada")}${await running.log("bob")}`;
      const fly = join(running.fly.cloud.home, "cloud/fly");
      const files = readdirSync(fly, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => readFileSync(join(parentPath, name), "latin1"));
      expect(logs).toContain("tnt-ada is mounted at /app/data");
      expect(files.length).toBeGreaterThan(3);
      // By its place in the list, so that a failure does not show it.
      const seen = secrets.map((secret) => [args, logs, ...files].some((text) => text.includes(secret)));
      expect(seen).toEqual(secrets.map(() => false));
    },
  );
});

describe("the end of the cloud", () => {
  itIf(machinesRun, whyNoMachine)(
    "stops machines as their config says, so that all they wrote is in their buckets; they start again with the cloud",
    async () => {
      const address = await running.url("ada");
      await running.get("ada", "/write?value=last+words");
      await running.fly.cloud.halt();
      expect(pidsWith("database-token-of-")).toEqual([]);
      await running.fly.cloud.restart();
      expect(await textOf("tnt-ada", "written")).toBe("of ada\nlast words\n");
      expect((await running.get("ada", "/write?value=again")).text).toBe("written");
      expect(await running.url("ada")).toBe(address);
      expect((await running.read("ada", ada.id)).state).toBe("started");
    },
  );

  itIf(machinesRun, whyNoMachine)("is the end of every process of its machines, also after kill -9", async () => {
    await Promise.all(["ada", "bob"].map((app) => running.get(app, "/")));
    expect(pidsWith("database-token-of-").length).toBeGreaterThan(4);
    await running.fly.cloud.kill();
    while (pidsWith("database-token-of-").length > 0) await sleep(20);
    await running.fly.cloud.restart();
    expect((await running.get("bob", "/")).status).toBe(200);
  });

  itIf(machinesRun, whyNoMachine)("comes in the middle of a start", async () => {
    const { fly } = running;
    const names = ["eve", "fay", "gil"];
    for (const name of names) await fly.createApp(name);
    await Promise.all(
      names.map((name) =>
        fly.ask("POST", `/apps/${name}/machines`, { config: served({ env: { MARK: "born-late" } }) }),
      ),
    );
    await fly.cloud.halt();
    expect(pidsWith("MARK=born-late")).toEqual([]);
    await fly.cloud.restart();
  });
});

describe("a start", () => {
  itIf(machinesRun, whyNoMachine)("is cut off by a destruction, at any moment", async () => {
    const { fly } = running;
    await fly.createApp("short");
    for (const wait of [0, 5, 20, 50, 120, 250]) {
      const config = served({ env: { MARK: "short-lived" } });
      const { body } = await fly.ask<{ id: string }>("POST", "/apps/short/machines", { config });
      await sleep(wait);
      expect((await fly.ask("DELETE", `/apps/short/machines/${body.id}?force=true`)).status).toBe(200);
      await running.until("short", body.id, ({ state }) => state === "destroyed");
      expect(pidsWith("MARK=short-lived")).toEqual([]);
    }
  });
});
