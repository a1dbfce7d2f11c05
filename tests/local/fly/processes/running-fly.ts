import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { createAccessKey } from "@tigrisdata/iam";
import { stringify } from "yaml";

import { dataOf, iamFor, s3For } from "../../tigris/clients.ts";
import { type FlyCloud, type Machine, startFly } from "../fly-cloud.ts";

/** An app of a few lines: says who it is over HTTP, writes what it is told to its log, and ends as it is told. */
const APP = `
const { createServer } = require("node:http");
const { appendFileSync } = require("node:fs");
const answers = {
  "/env": () => JSON.stringify(process.env),
  "/write": (value) => { appendFileSync(process.env.MOUNT_PATH + "/written", value + "\\n"); return "written"; },
  "/say": (value) => { console.log(value); return "said"; },
  "/end": (value) => { setImmediate(() => process.exit(Number(value))); return "ending"; },
  "/eat": (value) => { const eaten = []; for (let n = 0; n < value; n++) eaten.push(Buffer.alloc(2 ** 20, 1)); return "ate"; },
  "/well": () => process.env.WELL ?? "well",
};
let isWell = true;
const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://here");
  if (pathname === "/ill") isWell = false;
  response.statusCode = pathname === "/well" && !isWell ? 500 : 200;
  response.end(answers[pathname]?.(searchParams.get("value") ?? "") ?? "");
});
server.listen(process.env.PORT ?? 8080, process.env.HOST ?? "0.0.0.0");
for (const signal of ["SIGTERM", "SIGINT", "SIGUSR1"]) process.on(signal, () => {
  console.log("got " + signal);
  if (process.env.DEAF === undefined && signal !== "SIGUSR1") process.exit(3);
});
`;

/** The image of that app. It has no bucket unless its config names one. */
export const IMAGE = "registry.example/talker:1";

export interface Answer {
  readonly code: number;
  readonly out: string;
}

/** An embedded Fly whose machines run, and what tests do with them. */
export interface RunningFly {
  readonly fly: FlyCloud;
  /** Makes an app with a public address and one machine, and waits until its state is settled. */
  machine(app: string, config?: object, secrets?: Record<string, string>): Promise<Machine>;
  /** A bucket with a key of its own: what a machine's env and secrets need. */
  bucket(name: string): Promise<{ env: Record<string, string>; secrets: Record<string, string> }>;
  url(app: string): Promise<string>;
  /** Asks the app by its address; waits for its machine if that has to be started. */
  get(app: string, path: string): Promise<{ status: number; text: string }>;
  exec(app: string, id: string, command: string, more?: object): Promise<Answer>;
  log(app: string): Promise<string>;
  command(app: string, id: string, verb: string, body?: object): Promise<void>;
  read(app: string, id: string): Promise<Machine>;
  /** Reads the machine until it is as wished. */
  until(app: string, id: string, wish: (machine: Machine) => boolean): Promise<Machine>;
}

export async function startRunningFly(
  vendors: string[] = ["fly"],
  networks: "own" | "shared" = "own",
): Promise<RunningFly> {
  const fly = await startFly({ vendors, machines: "processes", networks });
  const { home } = fly.cloud;
  writeFileSync(join(home, "talker.cjs"), APP);
  const image = { files: { "/srv/talker.cjs": "talker.cjs" }, command: ["node", "/srv/talker.cjs"] };
  writeFileSync(join(home, "images.yaml"), stringify({ [IMAGE]: image }));
  const read = (app: string, id: string) => fly.machine(app, id);
  const url = async (app: string) => {
    const { body } = await fly.ask<Record<string, { url: string }>>("GET", "/_embedded/apps");
    const found = body[app];
    if (found === undefined) throw new Error(`${app} has no address`);
    return found.url;
  };
  return {
    fly,
    async machine(app, config = {}, secrets) {
      await fly.createApp(app);
      await fly.ask("POST", `/apps/${app}/ip_assignments`, { type: "shared_v4" });
      if (secrets !== undefined) await fly.ask("POST", `/apps/${app}/secrets`, { values: secrets });
      return fly.createMachine(app, { config: { ...served(), ...config } });
    },
    bucket: (name) => bucketOf(fly, name),
    url,
    async get(app, path) {
      const response = await fetch(`${await url(app)}${path}`, { headers: { connection: "close" } });
      return { status: response.status, text: await response.text() };
    },
    async exec(app, id, command, more = {}) {
      const order = { command: ["sh", "-c", command], ...more };
      const { status, body } = await fly.ask<{ exit_code: number; stdout: string; stderr: string }>(
        "POST",
        `/apps/${app}/machines/${id}/exec`,
        order,
      );
      if (status !== 200) throw new Error(`exec: ${status} ${JSON.stringify(body)}`);
      return { code: body.exit_code, out: `${body.stdout}${body.stderr}` };
    },
    log: async (app) => (await fly.ask<string>("GET", `/_embedded/apps/${app}/logs`)).body,
    async command(app, id, verb, body = {}) {
      const { status } = await fly.ask("POST", `/apps/${app}/machines/${id}/${verb}`, body);
      if (status !== 200) throw new Error(`${verb}: ${status}`);
    },
    read,
    async until(app, id, wish) {
      for (;;) {
        const machine = await read(app, id);
        if (wish(machine)) return machine;
        await sleep(20);
      }
    },
  };
}

/** The smallest config that is served. */
export function served(more: object = {}): object {
  const service = { protocol: "tcp", internal_port: 8080, ports: [{ port: 80, handlers: ["http"] }], autostart: true };
  return {
    image: IMAGE,
    guest: { cpu_kind: "shared", cpus: 1, memory_mb: 256 },
    services: [service],
    restart: { policy: "no" },
    ...more,
  };
}

async function bucketOf({ cloud }: FlyCloud, bucket: string) {
  await s3For(cloud).send(new CreateBucketCommand({ Bucket: bucket }));
  const roles = { bucketsRole: [{ bucket, role: "Editor" as const }], config: iamFor(cloud) };
  const { id, secret = "" } = dataOf(await createAccessKey(bucket, roles));
  return {
    env: { BUCKET_NAME: bucket, AWS_ENDPOINT_URL_S3: cloud.descriptor.tigris.endpoint, MOUNT_PATH: "/app/data" },
    secrets: { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret },
  };
}

/** Ids of all processes on this host whose environment has `text`. */
export function pidsWith(text: string): number[] {
  return readAll("environ")
    .filter(([, content]) => content.includes(text))
    .map(([pid]) => pid);
}

/** The arguments of all processes on this host. */
export function allArguments(): string {
  return readAll("cmdline")
    .map(([, content]) => content)
    .join("\n");
}

function readAll(file: string): [pid: number, content: string][] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid): [number, string][] => {
      try {
        return [[Number(pid), readFileSync(`/proc/${pid}/${file}`, "utf8")]];
      } catch {
        return [];
      }
    });
}
