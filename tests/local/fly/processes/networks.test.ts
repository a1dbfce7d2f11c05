import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect } from "@jest/globals";

import { MachineNetworks } from "../../../../local/fly/machines/networks/machine-networks.ts";
import { flyClient } from "../../../../provider/fly/client.ts";
import type { IpAssignmentInputs } from "../../../../provider/fly/index.ts";
import { ipAssignmentType } from "../../../../provider/fly/ip-assignment.ts";
import { OwnApps } from "../../../../provider/fly/own-apps.ts";
import { machinesRun, whyNoMachine } from "../../../container/machine.ts";
import { testCall } from "../../../support/call.ts";
import { itIf } from "../../../support/skip.ts";
import type { Machine } from "../fly-cloud.ts";
import { pidsWith, type RunningFly, served, startRunningFly } from "./running-fly.ts";

let running: RunningFly;
/** Two apps on one network, one on another, one on the organisation's default network. */
const NETWORKS = { ada: "ours", bob: "ours", eve: "hers", router: undefined } as const;
type App = keyof typeof NETWORKS;
const machines = new Map<App, Machine>();
beforeAll(async () => {
  if (!machinesRun) return;
  running = await startRunningFly(["tigris", "fly"]);
  await Promise.all(
    Object.entries(NETWORKS).map(async ([app, network]) => {
      await running.fly.createApp(app, network === undefined ? {} : { network });
      // Private networks are IPv6: what is to be reached there listens on `::`, as at Fly.
      const config = served({ env: { HOST: app === "eve" ? "0.0.0.0" : "::" } });
      machines.set(app as App, await running.fly.createMachine(app, { config }));
    }),
  );
  await Promise.all([...machines.keys()].map(listens));
}, 120_000);
afterAll(async () => {
  if (machinesRun) await running.fly.dispose();
});

const idOf = (app: App) => machines.get(app)?.id ?? "";

/** What comes of connections from inside a machine, side by side: `open`, or an error's code. */
const TRY = `
const { connect } = require("node:net");
const attempts = process.argv.slice(1).map((target) => new Promise((resolve) => {
  const [host, port] = target.split(" ");
  const socket = connect({ host, port });
  socket.on("connect", () => resolve("open")).on("error", ({ code }) => resolve(code));
  socket.setTimeout(20_000, () => resolve("silence"));
}));
Promise.all(attempts).then((all) => { console.log(JSON.stringify(all)); process.exit(); });`;

async function from(app: App, ...targets: (readonly [host: string, port: number | string])[]): Promise<string[]> {
  const words = targets.map((target) => `'${target.join(" ")}'`).join(" ");
  const { out } = await running.exec(app, idOf(app), `node -e '${TRY}' ${words}`);
  return JSON.parse(out) as string[];
}

/** Names that do not resolve there. */
const unknown = expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) as unknown;

async function listens(app: App): Promise<void> {
  while ((await from(app, ["127.0.0.1", 8080]))[0] !== "open") await sleep(50);
}

const assign = async (app: App, body: object) =>
  (await running.fly.ask<{ ip: string }>("POST", `/apps/${app}/ip_assignments`, { type: "private_v6", ...body })).body
    .ip;
const release = (app: App, ip: string) => running.fly.ask("DELETE", `/apps/${app}/ip_assignments/${ip}`);
const portIn = (endpoint: string) => new URL(endpoint).port;
/** The network namespaces of processes whose environment has `text`. */
const namespacesWith = (text: string) => new Set(pidsWith(text).flatMap(namespaceOf));

function namespaceOf(pid: number | string): string[] {
  try {
    return [readlinkSync(`/proc/${pid}/ns/net`)];
  } catch {
    return [];
  }
}

/** A process in a network namespace of its own. */
async function inNamespace(): Promise<ChildProcess> {
  const life = spawn("unshare", ["--net", "sh", "-c", "echo up; exec sleep 60"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(life.stdout, "data");
  return life;
}

describe("a machine that runs, as root, where the computer can do it", () => {
  itIf(machinesRun, whyNoMachine)(
    "listens on 0.0.0.0 and its internal port, as everybody does, and is told neither PORT nor HOST",
    async () => {
      await running.machine("plain");
      const env = JSON.parse((await running.get("plain", "/env")).text) as Record<string, string>;
      expect(env).not.toHaveProperty("PORT");
      expect(env).not.toHaveProperty("HOST");
    },
  );

  itIf(machinesRun, whyNoMachine)(
    "is not reached when its app listens on 127.0.0.1 alone, by its check neither, as at Fly",
    async () => {
      const checks = { up: { type: "tcp", port: 8080, interval: "1s", grace_period: "1ms" } };
      const { id } = await running.machine("inward", { env: { HOST: "127.0.0.1" }, checks });
      const { checks: seen } = await running.until("inward", id, (machine) => machine.checks[0]?.status === "critical");
      expect(seen[0]?.output).toBe("connect: ECONNREFUSED");
    },
  );

  itIf(machinesRun, whyNoMachine)(
    "reaches the machines of its own network, by address and by name, and nothing of another's",
    async () => {
      const at = (app: App) => [machines.get(app)?.private_ip ?? "", 8080] as const;
      expect(await from("bob", ["ada.internal", 8080])).toEqual(["open"]);
      expect(
        await from("ada", at("bob"), ["bob.internal", 8080], at("eve"), ["eve.internal", 8080], at("router")),
      ).toEqual(["open", "open", "ENETUNREACH", unknown, "ENETUNREACH"]);
      for (const app of ["eve", "router"] as const) expect(await from(app, at("ada"))).toEqual(["ENETUNREACH"]);
    },
  );

  itIf(machinesRun, whyNoMachine)(
    "reaches the vendors at their addresses, and no other port of this computer",
    async () => {
      const { tigris, fly, admin } = running.fly.cloud.descriptor;
      const server = createServer((socket) => socket.end()).listen(0, "0.0.0.0");
      await once(server, "listening");
      const port = portOf(server);
      const local = [tigris.endpoint, tigris.iamEndpoint, fly.endpoint, admin.endpoint].map(portIn);
      const targets = [...local, port].map((each) => ["127.0.0.1", each] as const);
      const outside = ownAddresses().map((own) => [own, port] as const);
      expect(await from("ada", ...targets, ...outside)).toEqual([
        ...["open", "open", "open", "ECONNREFUSED", "ECONNREFUSED"],
        ...outside.map(() => "ENETUNREACH"),
      ]);
      server.close();
    },
  );

  itIf(machinesRun, whyNoMachine)("keeps a large answer whole that is read slower than it is sent", async () => {
    const large = `require('node:http').createServer((q, s) => s.end(Buffer.alloc(30_000_000, 7))).listen(8080)`;
    await running.machine("large", { init: { exec: ["node", "-e", large] } });
    const response = await fetch(await running.url("large"));
    let size = 0;
    for await (const chunk of response.body ?? []) {
      if (size === 0) await sleep(200);
      size += (chunk as Uint8Array).length;
    }
    expect(size).toBe(30_000_000);
  });
});

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all = []) =>
    all.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address),
  );
}

describe("a private address", () => {
  itIf(machinesRun, whyNoMachine)(
    "answers the machines of the organisation's default network, and of no other, not even the app's own",
    async () => {
      const ip = await assign("eve", {});
      const both = [[ip, 80] as const, ["eve.flycast", 80] as const];
      expect(await from("router", ...both)).toEqual(["open", "open"]);
      for (const app of ["ada", "eve"] as const) expect(await from(app, ...both)).toEqual(["ENETUNREACH", unknown]);
      await release("eve", ip);
      expect(await from("router", ...both)).toEqual(["ECONNREFUSED", unknown]);
    },
  );

  itIf(machinesRun, whyNoMachine)("that names a network answers the machines of that one alone", async () => {
    const ip = await assign("eve", { network: "ours" });
    expect(await from("ada", ["eve.flycast", 80])).toEqual(["open"]);
    for (const app of ["router", "eve"] as const) expect(await from(app, [ip, 80])).toEqual(["ENETUNREACH"]);
    await release("eve", ip);
  });

  itIf(machinesRun, whyNoMachine)(
    "answers within the app's own network only, where Fly is as its guide to isolated networks says",
    async () => {
      await running.fly.cloud.switches({ "fly.flycastWithinNetwork": true });
      const [outside, inside] = [await assign("ada", {}), await assign("ada", { network: "ours" })];
      expect(await from("router", [outside, 80])).toEqual(["EHOSTUNREACH"]);
      expect(await from("bob", [inside, 80])).toEqual(["open"]);
      await running.fly.cloud.resetSwitches();
      for (const ip of [outside, inside]) await release("ada", ip);
    },
  );

  itIf(machinesRun, whyNoMachine)(
    "that tenantry assigns is reached by whom `machine.callers` names, whichever way Fly reads a network",
    async () => {
      const { fly } = running.fly.cloud.descriptor;
      const client = flyClient(fly);
      const apps = new OwnApps(client, fly.organization);
      // It shares its network with another one here.
      apps.note("ada");
      const addresses = ipAssignmentType(client, apps);
      const open: IpAssignmentInputs = { tenant: "acme", app: "ada", ingress: "private", types: ["private_v6"] };
      const declared = (callers?: string): IpAssignmentInputs =>
        callers === undefined ? { ...open } : { ...open, callers };
      const reached = async () =>
        (await Promise.all((["router", "bob", "eve"] as const).map((app) => from(app, ["ada.flycast", 80])))).flat();
      const { state } = await addresses.create(declared(), testCall());
      expect(await reached()).toEqual(["open", unknown, unknown]);
      const moved = await addresses.update?.("ada", { inputs: declared(), state }, declared("ours"), testCall());
      expect(await reached()).toEqual([unknown, "open", unknown]);
      await running.fly.cloud.switches({ "fly.flycastWithinNetwork": true });
      expect(await reached()).toEqual([unknown, "open", unknown]);
      await running.fly.cloud.resetSwitches();
      await addresses.delete("ada", { inputs: declared("ours"), state: moved ?? state }, testCall());
    },
  );
});

describe("the networks of machines", () => {
  itIf(machinesRun, whyNoMachine)("are there again when what carries them was killed", async () => {
    const [relay = 0] = relaysOf(running.fly.cloud.home);
    process.kill(relay, "SIGKILL");
    while ((await from("ada", ["bob.internal", 8080]))[0] !== "open") await sleep(50);
    expect((await running.get("plain", "/well")).text).toBe("well");
    expect(await from("ada", ["127.0.0.1", portIn(running.fly.cloud.descriptor.tigris.endpoint)])).toEqual(["open"]);
  });

  itIf(machinesRun, whyNoMachine)(
    "are no devices of this computer's, and gone with the cloud, also after kill -9",
    async () => {
      const { home } = running.fly.cloud;
      const mark = `FLY_MACHINE_ID=${idOf("eve")}`;
      const inside = namespacesWith(mark);
      expect(inside.size).toBe(1);
      const [own] = namespaceOf("self");
      expect([...inside]).not.toContain(own);
      expect(readdirSync("/sys/class/net").filter((name) => name === `m${idOf("eve")}`)).toEqual([]);
      await running.fly.cloud.kill();
      while (relaysOf(home).length > 0 || pidsWith(mark).length > 0) await sleep(20);
      const left = readdirSync("/proc").flatMap((pid) => namespaceOf(pid));
      expect(left.filter((namespace) => inside.has(namespace))).toEqual([]);
      await running.fly.cloud.restart();
      expect((await running.get("plain", "/well")).text).toBe("well");
    },
    120_000,
  );

  itIf(machinesRun, whyNoMachine)(
    "take a machine that starts anew while what it ran in before is still being taken away",
    async () => {
      const dir = mkdtempSync(join(tmpdir(), "tenantry-relay-"));
      const networks = await MachineNetworks.open(
        { dir, vendorPorts: () => [], log: () => undefined },
        (process.env["PATH"] ?? "").split(":"),
      );
      if (!(networks instanceof MachineNetworks)) throw new Error(networks.missing);
      const lives = await Promise.all([1, 2].map(() => inNamespace()));
      try {
        const member = { id: "0123456789abcd", app: "ada", network: "ours", privateIp: "fdaa:0:1::2" };
        for (const { pid = 0 } of lives) {
          await networks.join({ ...member, pid });
          networks.leave(member.id);
        }
      } finally {
        for (const life of lives) life.kill();
        networks.close();
        rmSync(dir, { recursive: true });
      }
    },
  );

  itIf(machinesRun, whyNoMachine)("are not tried for without `ip`, and why not is said", async () => {
    const parts = { dir: join(tmpdir(), "nowhere"), vendorPorts: () => [], log: () => undefined };
    expect(await MachineNetworks.open(parts, ["/nowhere"])).toEqual({ missing: "ip (iproute2) is not on PATH" });
  });

  itIf(machinesRun, whyNoMachine)("are not available without the right to create them, and it says so", async () => {
    const dir = mkdtempSync(join(tmpdir(), "tenantry-relay-"));
    const program = join(import.meta.dirname, "../../../../local/fly/machines/networks/relay.pl");
    const caps = ["net_admin", "sys_admin"].map((name) => [`--bounding-set=-${name}`, `--inh-caps=-${name}`]);
    const answers = await Promise.all(
      caps.map(async (without) => {
        const relay = spawn("setpriv", [...without, "perl", program, dir], { stdio: ["pipe", "pipe", "inherit"] });
        relay.stdin.end("try\n");
        const [answer] = (await once(relay.stdout.setEncoding("utf8"), "data")) as [string];
        return answer;
      }),
    );
    expect(answers).toEqual([
      expect.stringMatching(/^no ip: .*not permitted.*\n$/i),
      "no network namespaces are not permitted\n",
    ]);
    rmSync(dir, { recursive: true });
  });
});

function relaysOf(home: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => argumentsOf(pid).includes("relay.pl") && argumentsOf(pid).includes(home));
}

function argumentsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

describe("a cloud that is told to share this computer's network", () => {
  itIf(machinesRun, whyNoMachine)("says so, and tells each app the port that is its own", async () => {
    const shared = await startRunningFly(["fly"], "shared");
    try {
      await shared.machine("plain");
      const env = JSON.parse((await shared.get("plain", "/env")).text) as Record<string, string>;
      expect(env).toMatchObject({ HOST: "127.0.0.1", PORT: expect.stringMatching(/^\d+$/) as unknown });
      const { endpoint, token } = shared.fly.cloud.descriptor.admin;
      const status = await fetch(`${endpoint}/status`, { headers: { authorization: `Bearer ${token}` } });
      expect(await status.text()).toContain("share this computer's network, and its ports: that was asked for");
    } finally {
      await shared.fly.dispose();
    }
  });
});
