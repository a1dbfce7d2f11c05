import { readdirSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect } from "@jest/globals";

import { itIf } from "../../../support/skip.ts";
import { machinesRun, whyNoMachine } from "../../../container/machine.ts";
import { openMemoryLimits } from "../../../../local/fly/machines/processes/memory-limit.ts";
import { IMAGE, type RunningFly, served, startRunningFly } from "./running-fly.ts";

const limits = openMemoryLimits("/nowhere");
limits.close();

let running: RunningFly;
beforeAll(async () => {
  process.env["HOST_ONLY"] = "what the machine must not see";
  if (machinesRun) running = await startRunningFly();
});
afterAll(async () => {
  if (machinesRun) await running.fly.dispose();
});

const onDisk = (folder: string) => readdirSync(join(running.fly.cloud.home, "cloud/fly", folder));
const exits = (machine: { events: readonly { type: string; request?: unknown }[] }) =>
  machine.events.filter(({ type }) => type === "exit").map(({ request }) => request as { exit_event: object });

describe("a machine that runs", () => {
  itIf(machinesRun, whyNoMachine)(
    "answers at its app's address, with the environment of its config, its secrets and Fly, and nothing of the host's",
    async () => {
      const { id, instance_id: version } = await running.machine("env", { env: { LOG: "1" } }, { TOKEN: "hush-hush" });
      const env = JSON.parse((await running.get("env", "/env")).text) as Record<string, string>;
      expect(env).toMatchObject({ LOG: "1", TOKEN: "hush-hush", FLY_APP_NAME: "env", FLY_MACHINE_ID: id });
      expect(env).toMatchObject({ FLY_MACHINE_VERSION: version, FLY_REGION: "iad", FLY_VM_MEMORY_MB: "256" });
      expect(env).not.toHaveProperty("HOST_ONLY");
      expect(env["PATH"]).not.toContain(process.cwd());
    },
  );

  itIf(machinesRun, whyNoMachine)("is stopped with the signal of its config, and its exit code is kept", async () => {
    const { id, instance_id: version } = await running.machine("stop", {
      stop_config: { signal: "SIGTERM", timeout: "20s" },
    });
    await running.get("stop", "/");
    await running.command("stop", id, "stop");
    await running.fly.ask("GET", `/apps/stop/machines/${id}/wait?state=stopped&timeout=10&instance_id=${version}`);
    const stopped = await running.read("stop", id);
    expect(stopped.state).toBe("stopped");
    expect(exits(stopped)).toMatchObject([{ exit_event: { exit_code: 3, requested_stop: true, oom_killed: false } }]);
    expect(await running.log("stop")).toMatch(/ got SIGTERM$/m);

    await running.command("stop", id, "start");
    expect((await running.get("stop", "/well")).text).toBe("well");
  });

  itIf(machinesRun, whyNoMachine)("is killed when it does not heed the signal in time", async () => {
    const { id } = await running.machine("deaf", {
      env: { DEAF: "1" },
      stop_config: { signal: "SIGTERM", timeout: "300ms" },
    });
    await running.get("deaf", "/");
    await running.command("deaf", id, "stop");
    await running.until("deaf", id, ({ state }) => state === "stopped");
    expect(await running.log("deaf")).toMatch(/got SIGTERM\n.*not ended 0.3 s after SIGTERM: killed/);
  });

  itIf(machinesRun, whyNoMachine)("gets a signal without being stopped by it", async () => {
    const { id } = await running.machine("signal");
    await running.get("signal", "/");
    await running.command("signal", id, "signal", { signal: "SIGUSR1" });
    await running.get("signal", "/say?value=still+here");
    expect(await running.log("signal")).toMatch(/got SIGUSR1\n.*still here$/m);
  });

  itIf(machinesRun, whyNoMachine)("runs what init says, in place of the image's own", async () => {
    const before = await running.machine("init", {
      ...served(),
      init: { cmd: ["sh", "-c", "echo cmd"] },
      services: [],
    });
    await running.until("init", before.id, ({ state }) => state === "stopped");
    const init = { exec: ["sh", "-c", "echo exec"] };
    await running.fly.ask("POST", `/apps/init/machines/${before.id}`, {
      config: { image: IMAGE, init, restart: { policy: "no" } },
    });
    // An update leaves a machine stopped that was stopped.
    await running.fly.ask("GET", `/apps/init/machines/${before.id}/wait?state=settled&timeout=20`);
    await running.command("init", before.id, "start");
    await running.until("init", before.id, ({ state }) => state === "stopped");
    expect(await running.log("init")).toMatch(/ cmd\n.* exec\n$/);
  });

  itIf(machinesRun, whyNoMachine)(
    "finds its files, plain ones and those made of a secret, with their modes",
    async () => {
      const base64 = (text: string) => Buffer.from(text).toString("base64");
      const files = [
        { guest_path: "/srv/conf/plain.txt", raw_value: base64("plain\n"), mode: 0o640 },
        { guest_path: "/etc/talker/key", secret_name: "FILE", mode: 0o400 },
      ];
      const { id } = await running.machine("files", { files }, { FILE: base64("out of a secret") });
      const { out } = await running.exec(
        "files",
        id,
        "cat /srv/conf/plain.txt /etc/talker/key; stat -c ' %a' /srv/conf/plain.txt /etc/talker/key",
      );
      expect(out).toBe("plain\nout of a secret 640\n 400\n");
    },
  );

  itIf(machinesRun, whyNoMachine)(
    "has its volume at the path of its mount, kept over an update, seen by no other machine",
    async () => {
      await running.fly.createApp("disk");
      const { body } = await running.fly.ask<{ id: string }>("POST", "/apps/disk/volumes", {
        name: "data",
        region: "iad",
      });
      const config = served({
        mounts: [{ volume: body.id, path: "/app/data" }],
        env: { MOUNT_BY: "fly", MOUNT_PATH: "/app/data" },
      });
      const { id } = await running.fly.createMachine("disk", { config });
      await running.exec("disk", id, "echo kept >/app/data/file");
      await running.fly.ask("POST", `/apps/disk/machines/${id}`, {
        config: { ...config, env: { MOUNT_BY: "fly", MOUNT_PATH: "/app/data", NEW: "1" } },
      });
      await running.until("disk", id, ({ state }) => state === "started");
      expect(await running.exec("disk", id, "cat /app/data/file; echo $NEW")).toEqual({ code: 0, out: "kept\n1\n" });
      expect(onDisk("volumes")).toContain(body.id);
      await running.fly.ask("DELETE", "/apps/disk");
      expect(onDisk("volumes")).not.toContain(body.id);
    },
  );

  itIf(machinesRun, whyNoMachine)(
    "runs a command beside its app: exit code, both outputs, standard input, and an end when it takes too long",
    async () => {
      const { id } = await running.machine("exec");
      expect(await running.exec("exec", id, "echo out; echo err >&2; exit 7")).toEqual({ code: 7, out: "out\nerr\n" });
      expect(await running.exec("exec", id, "tr a-z A-Z", { stdin: "loud" })).toEqual({ code: 0, out: "LOUD" });
      await expect(running.exec("exec", id, "sleep 60", { timeout: 1 })).rejects.toThrow("408");
      expect((await running.exec("exec", id, "ps -o args -e")).out).not.toContain("sleep 60");
    },
  );

  itIf(machinesRun, whyNoMachine)(
    "answers a command at once with its output, whatever that leaves running in the background",
    async () => {
      const { id } = await running.machine("exec-background");
      for (const left of [
        "sleep 100",
        "(while sleep 0.1; do echo x; done)",
        "nohup sleep 100 >/dev/null 2>&1",
        "setsid sleep 100",
      ]) {
        const ran = await running.exec("exec-background", id, `${left} & echo started`);
        expect({ left, ...ran }).toEqual({ left, code: 0, out: "started\n" });
      }
    },
  );

  itIf(machinesRun, whyNoMachine)("gives all that a command prints, or an error where that has no end", async () => {
    const { id } = await running.machine("exec-large");
    for (const [command, length] of [
      ["yes | head -c 3000000", 3_000_000],
      ["yes | head -c 1048577", 1_048_577],
      ["yes | head -c 3000000 >&2; echo end", 3_000_004],
    ] as const) {
      const { code, out } = await running.exec("exec-large", id, command);
      expect({ command, code, length: out.length }).toEqual({ command, code: 0, length });
    }
    await expect(running.exec("exec-large", id, "yes")).rejects.toThrow("413");
  });

  itIf(machinesRun, whyNoMachine)("is a record with a line in its log when nothing stands for its image", async () => {
    const machine = await running.machine("unknown", {
      image: "registry.example/who:1",
      checks: { up: { type: "tcp", port: 8080 } },
    });
    expect(machine).toMatchObject({ state: "started", checks: [{ status: "passing" }] });
    expect(await running.log("unknown")).toContain(
      "this machine is a record, nothing runs in it: nothing is registered here for its image registry.example/who:1",
    );
    await expect(running.exec("unknown", machine.id, "true")).rejects.toThrow("501");
    expect(onDisk("machines/logs")).toContain(`${machine.id}.log`);
    await running.fly.ask("DELETE", "/apps/unknown");
    expect(onDisk("machines/logs")).not.toContain(`${machine.id}.log`);
  });

  itIf(machinesRun, whyNoMachine)("wakes from a suspension where it was", async () => {
    const { id } = await running.machine("asleep", { guest: { cpu_kind: "shared", cpus: 1, memory_mb: 256 } });
    await running.get("asleep", "/ill");
    await running.command("asleep", id, "suspend");
    await running.until("asleep", id, ({ state }) => state === "suspended");
    // Its memory is still there: it is as ill as before.
    expect((await running.get("asleep", "/well")).status).toBe(500);
    expect((await running.read("asleep", id)).state).toBe("started");
  });
});

describe("a machine that ends by itself", () => {
  itIf(machinesRun, whyNoMachine)("is started again after an error, and stays down after a success", async () => {
    const { id } = await running.machine("again", { restart: { policy: "on-failure", max_retries: 3 } });
    await running.get("again", "/end?value=5");
    const machine = await running.until(
      "again",
      id,
      ({ events, state }) => state === "started" && events.some(({ type }) => type === "exit"),
    );
    expect(exits(machine)).toMatchObject([{ exit_event: { exit_code: 5, requested_stop: false } }]);
    await running.get("again", "/end?value=0");
    expect((await running.until("again", id, ({ state }) => state === "stopped")).state).toBe("stopped");
  });

  itIf(machinesRun, whyNoMachine)("is given up after as many tries as its config allows", async () => {
    const config = {
      init: { exec: ["sh", "-c", "echo try; exit 9"] },
      restart: { policy: "on-failure", max_retries: 2 },
    };
    const { id } = await running.machine("hopeless", { ...config, services: [] });
    await running.until(
      "hopeless",
      id,
      ({ state, events }) => state === "stopped" && events.filter(({ type }) => type === "exit").length === 3,
    );
    expect((await running.log("hopeless")).match(/try$/gm)).toHaveLength(3);
  });

  itIf(machinesRun && limits.missing === undefined, whyNoMachine || (limits.missing ?? ""))(
    "is told apart when it took more memory than its machine has",
    async () => {
      const { id } = await running.machine("hungry");
      await running.get("hungry", "/eat?value=400").catch(() => undefined);
      const machine = await running.until("hungry", id, ({ state }) => state === "stopped");
      expect(exits(machine)).toMatchObject([{ exit_event: { oom_killed: true, requested_stop: false } }]);
    },
  );
});

describe("checks", () => {
  itIf(machinesRun, whyNoMachine)("are asked for real, over TCP and HTTP", async () => {
    const often = { interval: "50ms", timeout: "1s", grace_period: "5s" };
    const checks = {
      open: { type: "tcp", port: 8080, ...often },
      well: { type: "http", port: 8080, path: "/well", ...often },
    };
    const { id } = await running.machine("checked", { checks });
    const said = (name: string, status: string) => (machine: { checks: readonly { name: string; status: string }[] }) =>
      machine.checks.some((check) => check.name === name && check.status === status);
    await running.until(
      "checked",
      id,
      (machine) => said("open", "passing")(machine) && said("well", "passing")(machine),
    );
    await running.get("checked", "/ill");
    const ill = await running.until("checked", id, said("well", "critical"));
    expect(ill.checks).toMatchObject([
      { name: "open", status: "passing" },
      { name: "well", output: "HTTP 500" },
    ]);
  });

  itIf(machinesRun, whyNoMachine)("fail when nobody listens, once the grace period is over", async () => {
    const check = { type: "tcp", port: 9, interval: "50ms", timeout: "1s", grace_period: "100ms" };
    const { id } = await running.machine("silent", { checks: { there: check } });
    const machine = await running.until(
      "silent",
      id,
      ({ checks }) => checks[0]?.output !== "waiting for status update",
    );
    expect(machine.checks).toMatchObject([{ status: "critical", output: "connect: ECONNREFUSED" }]);
  });
});

describe("secrets", () => {
  itIf(machinesRun, whyNoMachine)(
    "reach a machine when it is created or updated, not when it is started again",
    async () => {
      const { id } = await running.machine("secrets", {}, { WORD: "first-word" });
      await running.fly.ask("POST", "/apps/secrets/secrets", { values: { WORD: "second-word" } });
      await running.command("secrets", id, "restart");
      await running.until("secrets", id, ({ state }) => state === "started");
      expect((await running.exec("secrets", id, "echo $WORD")).out).toBe("first-word\n");
      await running.fly.ask("POST", `/apps/secrets/machines/${id}`, { config: served() });
      await running.until("secrets", id, ({ state }) => state === "started");
      expect((await running.exec("secrets", id, "echo $WORD")).out).toBe("second-word\n");
    },
  );

  itIf(machinesRun, whyNoMachine)("are struck out of what a machine writes", async () => {
    await running.machine("chatty", {}, { WORD: "do-not-tell" });
    await running.get("chatty", "/say?value=the+word+is+do-not-tell");
    expect(await running.log("chatty")).toContain("the word is ***\n");
  });
});

describe("the proxy", () => {
  itIf(machinesRun, whyNoMachine)("stops a machine without traffic and starts it at the next request", async () => {
    const service = {
      protocol: "tcp",
      internal_port: 8080,
      ports: [{ port: 80, handlers: ["http"] }],
      autostart: true,
      autostop: "stop",
    };
    const { id } = await running.machine("drowsy", { services: [service] });
    await running.get("drowsy", "/");
    try {
      await running.fly.ask("PUT", "/_embedded/autostop", { idleSeconds: 0.1 });
      await running.until("drowsy", id, ({ state }) => state === "stopped");
    } finally {
      await running.fly.ask("PUT", "/_embedded/autostop", { idleSeconds: 300 });
    }
    expect(await running.get("drowsy", "/well")).toEqual({ status: 200, text: "well" });
    expect((await running.read("drowsy", id)).state).toBe("started");
  });

  itIf(machinesRun, whyNoMachine)(
    "starts a single machine in spite of autostart false, and none without services",
    async () => {
      const ports = [{ port: 80, handlers: ["http"] }];
      const service = { protocol: "tcp", internal_port: 8080, ports, autostart: false };
      const { id } = await running.machine("shut", { services: [service] });
      await running.command("shut", id, "stop");
      await running.until("shut", id, ({ state }) => state === "stopped");
      expect((await running.get("shut", "/well")).status).toBe(200);
      const { config } = await running.read("shut", id);
      await running.fly.ask("POST", `/apps/shut/machines/${id}`, { config: { ...config, services: [] } });
      await running.until("shut", id, ({ state }) => state === "started");
      await running.command("shut", id, "stop");
      await running.until("shut", id, ({ state }) => state === "stopped");
      expect((await running.get("shut", "/")).status).toBe(503);
      expect((await running.read("shut", id)).state).toBe("stopped");
    },
  );

  itIf(machinesRun, whyNoMachine)("serves an app as long as it has an address", async () => {
    await running.machine("moved");
    const { body } = await running.fly.ask<{ ips: { ip: string }[] }>("GET", "/apps/moved/ip_assignments");
    await running.fly.ask("DELETE", `/apps/moved/ip_assignments/${body.ips[0]?.ip ?? ""}`);
    await expect(running.url("moved")).rejects.toThrow("moved has no address");
  });
});
