import { randomBytes } from "node:crypto";
import { extname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { tigrisfsEnv, watchEnv } from "../../components/machine-config.ts";
import type { CallCount } from "../../local/call-log.ts";
import { seenWithin } from "../../container/freshness.ts";
import { policyDocument } from "../../provider/tigris/policy-document.ts";
import type { Accounts } from "../../stack/accounts.ts";
import { BUILT_IN } from "../../tenants/model/built-in.ts";
import { durationSeconds } from "../../tenants/model/duration.ts";
import type { Environment } from "../../tools/environment.ts";
import type { Mode } from "../files/backend-keys/backend-keys.ts";
import type { BucketAccess } from "../files/key-forms.ts";
import type { Party } from "../verify/party.ts";
import type { Sender } from "../verify/sender.ts";
import { gateErrors } from "./errors.ts";
import { DATABASE_FILE, streamedCommand } from "./litestream/command.ts";
import { type AskCloud, outage } from "./outage.ts";
import { type VendorCalls, vendorCalls } from "./vendor-calls.ts";

/** Something that a run made and removes again. */
export interface Made {
  readonly kind: "bucket" | "key" | "policy" | "database" | "group" | "app";
  readonly name: string;
}

/** A machine of a throw-away tenant, with the reference app in it. */
export interface GateMachine {
  readonly app: string;
  readonly id: string;
  /** Where its app answers from here. */
  readonly url: string;
  readonly bucket?: string;
  readonly databaseUrl?: string;
  readonly token?: string;
  /** From the call that made it, in milliseconds. */
  readonly mountReadyMs: number;
  readonly firstAnswerMs: number;
}

/** What holds a machine's files, and what its index. */
export interface Sides {
  /** `bucket`: mounted; `objects`: the app asks the bucket itself, by the S3 API. */
  readonly files: "bucket" | "objects" | "volume";
  /** `streamed`: SQLite on the machine's own disk, which Litestream fetches from the tenant's bucket and streams there. */
  readonly index: "libsql" | "sqlite" | "streamed";
  /** Further environment: options of TigrisFS. */
  readonly env?: Readonly<Record<string, string>>;
  /** The source of a program that runs in the app's place, and its arguments; it has to answer at HEALTH_PORT. */
  readonly program?: { readonly source: string; readonly args: readonly string[] };
}

/** The stack's own cloud with things on it that belong to one run of gates. */
export interface ScratchTenants {
  readonly calls: VendorCalls;
  readonly sender: Sender;
  readonly accounts: Accounts;
  /** What programs of this computer are started in: theirs on PATH. */
  readonly env: Environment;
  /** The embedded cloud's own address. */
  readonly admin?: string;
  /** How often Tigris was called since the embedded cloud started, by operation. */
  tigrisCalls(): Promise<ReadonlyMap<string, number>>;
  /** Makes a tenant and its machine, and waits for its first answer. */
  machine(sides: Sides): Promise<GateMachine>;
  /** The same machine each time. */
  shared(sides: Sides): Promise<GateMachine>;
  /** A person's key to the files of a machine, as `mount`, `live`, `push` and `pull` take it, with the default settings. */
  access(machine: GateMachine, mode: Mode): Promise<BucketAccess>;
  /** A tenant without a machine, as `verify` takes it. */
  party(): Promise<Party>;
  exec(machine: GateMachine, command: readonly string[], stdin?: string): Promise<{ code: number; out: string }>;
  /** Ends a machine as its config says, or kills it; `started` and `ended` wait for its end. */
  stop(machine: GateMachine, how?: "kill"): Promise<void>;
  /** After `stop`: starts it when it has ended, and waits until its app answers. */
  started(machine: GateMachine): Promise<void>;
  /** Waits until nothing of it runs. */
  ended(machine: GateMachine): Promise<void>;
  /** What its programs have said, a line each, with its time. */
  log(machine: GateMachine): Promise<string>;
  /** Takes a vendor away from everybody on this embedded cloud: storage breaks each connection, a database does not answer. */
  away(vendor: "tigris" | "turso", ms: number): Promise<void>;
  remove(machine: GateMachine): Promise<void>;
}

export const IMAGE = "ghcr.io/tenantry/reference-app:0.1.0";
const PORT = 8080;
const MOUNTED = {
  ...tigrisfsEnv({ by: "tigrisfs", ...BUILT_IN.mount }),
  ...watchEnv({ by: "tigrisfs", ...BUILT_IN.mount }),
};
/** The path of a program that runs in place of the app: beside the app's packages. */
export const PROGRAM = "/srv/gate/program.mjs";
const WAIT_MS = 60_000;
const STATE_MS = 100;
const EXEC_SECONDS = 55;
/** More than a machine's log holds. */
const LOG_LINES = 100_000;
const KILL = { signal: "SIGKILL", timeout: 1 };

interface GroundParts {
  readonly accounts: Accounts;
  readonly sender: Sender;
  readonly prefix: string;
  readonly admin: string;
  readonly callCounts: () => Promise<readonly CallCount[]>;
  readonly env: Environment;
  /** Asks the embedded cloud's own address. */
  readonly cloud: AskCloud;
  /** Hears of each thing before it is made. */
  readonly keep: (made: Made) => void;
}

/** Throw-away tenants on the embedded cloud, named `<prefix>-gate-…`. */
export function openScratchTenants({
  accounts,
  sender,
  prefix,
  admin,
  env,
  callCounts,
  cloud,
  keep,
}: GroundParts): ScratchTenants {
  const calls = vendorCalls(accounts, sender);
  const run = randomBytes(4).toString("hex");
  const kept = new Map<string, Promise<GateMachine>>();
  let group: Promise<string> | undefined;
  let count = 0;
  const next = () => `${prefix}-gate-${run}-${(count += 1)}`;

  const made = async <Result>(thing: Made, make: () => Promise<Result>): Promise<Result> => {
    keep(thing);
    return make();
  };
  const key = async (bucket: string, mode: Mode) => {
    const name = `${bucket}_${mode}_${(count += 1)}`;
    const document = JSON.stringify(policyDocument(bucket, mode));
    const policy = await made({ kind: "policy", name }, () =>
      calls.iam("CreatePolicy", { PolicyName: name, PolicyDocument: document }),
    );
    const { Arn } = (policy as { CreatePolicyResult: { Policy: { Arn: string } } }).CreatePolicyResult.Policy;
    const answer = await calls.iam("CreateAccessKeyWithBucketsRole", {
      Req: JSON.stringify({ name, buckets_role: [] }),
    });
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = (
      answer as { CreateAccessKeyResult: { AccessKey: { AccessKeyId: string; SecretAccessKey: string } } }
    ).CreateAccessKeyResult.AccessKey;
    keep({ kind: "key", name: accessKeyId });
    await calls.iam("AttachUserPolicy", { PolicyArn: Arn, UserName: accessKeyId });
    return { accessKeyId, secretAccessKey };
  };
  const database = async (name: string) => {
    const groupName = await (group ??= made({ kind: "group", name: `${prefix}-gate-${run}` }, async () => {
      await calls.turso("POST", "/groups", { name: `${prefix}-gate-${run}`, location: "aws-us-east-1" });
      return `${prefix}-gate-${run}`;
    }));
    const answer = await made({ kind: "database", name }, () =>
      calls.turso("POST", "/databases", { name, group: groupName }),
    );
    const { Hostname } = (answer as { database: { Hostname: string } }).database;
    const { jwt } = (await calls.turso("POST", `/databases/${name}/auth/tokens?expiration=1d`)) as { jwt: string };
    return { name, url: `http://${Hostname}`, token: jwt };
  };
  const app = async (name: string) => {
    const request = { app_name: name, org_slug: accounts.fly.organization, network: `${name}-net` };
    await made({ kind: "app", name }, () => calls.fly("POST", "/apps", request));
  };
  const bucket = async (name: string) => {
    await made({ kind: "bucket", name }, () => calls.s3("PUT", `/${name}`));
    return name;
  };

  const scratch: ScratchTenants = {
    calls,
    sender,
    accounts,
    env,
    admin,
    async tigrisCalls() {
      const calls = (await callCounts()).filter(({ vendor }) => vendor === "tigris");
      return new Map(calls.map(({ operation, count }) => [operation, count]));
    },
    async machine({ files, index, env: more = {}, program }) {
      const isStreamed = index === "streamed";
      const name = next();
      await app(name);
      await calls.fly("POST", `/apps/${name}/ip_assignments`, { type: "shared_v4" });
      const holds = files !== "volume" || isStreamed ? { bucket: await bucket(name) } : {};
      const access = holds.bucket === undefined ? undefined : await key(holds.bucket, "read-write");
      const db = index === "libsql" ? await database(name) : undefined;
      const secrets = {
        ...(access === undefined
          ? {}
          : { AWS_ACCESS_KEY_ID: access.accessKeyId, AWS_SECRET_ACCESS_KEY: access.secretAccessKey }),
        ...(db === undefined ? {} : { DATABASE_AUTH_TOKEN: db.token }),
      };
      if (Object.keys(secrets).length > 0) await calls.fly("POST", `/apps/${name}/secrets`, { values: secrets });
      const env = {
        TENANT: name,
        MOUNT_PATH: "/app/data",
        ...(files === "volume"
          ? {}
          : {
              BUCKET_NAME: name,
              AWS_ENDPOINT_URL_S3: accounts.tigris.machineEndpoint,
              S3_PATH_STYLE: String(accounts.tigris.pathStyle ?? false),
              AWS_REGION: "auto",
              ...(files === "objects" ? { MOUNT_BY: "app" } : MOUNTED),
            }),
        ...(db === undefined
          ? { DATABASE_FILE: files === "volume" && !isStreamed ? "/app/data/index.db" : DATABASE_FILE }
          : { LIBSQL_URL: db.url }),
        // A volume belongs to root, as Fly makes it.
        ...(files === "volume" ? { APP_USER: "" } : {}),
        ...(program === undefined ? {} : { HEALTH_PORT: String(PORT) }),
        ...more,
      };
      const mounts = files === "volume" ? { mounts: [{ volume: await volume(calls, name), path: "/app/data" }] } : {};
      const service = {
        protocol: "tcp",
        internal_port: PORT,
        ports: [{ port: 80, handlers: ["http"] }],
        autostart: false,
      };
      const guest = { cpu_kind: "shared", cpus: 1, memory_mb: 1024 };
      const config = {
        image: IMAGE,
        env,
        guest,
        services: [service],
        restart: { policy: "no" },
        ...mounts,
        ...inPlace(program),
        ...(isStreamed ? streamed(accounts.tigris, name, program) : {}),
      };
      const began = Date.now();
      const { id } = (await calls.fly("POST", `/apps/${name}/machines`, { region: "iad", config })) as { id: string };
      const bare = {
        app: name,
        id,
        url: await urlOf(calls, name),
        ...holds,
        ...(db === undefined ? {} : { databaseUrl: db.url, token: db.token }),
      };
      await answers(bare.url);
      const firstAnswerMs = Date.now() - began;
      const mountReadyMs = files === "bucket" ? (await mountedAt(calls, name)) - began : 0;
      return { ...bare, mountReadyMs, firstAnswerMs };
    },
    shared(sides) {
      const wanted = JSON.stringify(sides);
      const found = kept.get(wanted) ?? scratch.machine(sides);
      kept.set(wanted, found);
      return found;
    },
    async access({ app: tenant, bucket: name = "" }, mode) {
      const { accessKeyId: keyId, secretAccessKey: secret } = await key(name, mode);
      const place = { backend: "tigris", bucket: name, region: "auto" } as const;
      const seen = seenWithin(durationSeconds(BUILT_IN.mount.statCacheTtl));
      return {
        tenant,
        key: { name: "gates", mode, ...place, keyId, secret, issued: "", due: null, enabled: true },
        endpoint: accounts.tigris.endpoint,
        tigrisfs: tigrisfsEnv({ by: "tigrisfs", ...BUILT_IN.mount }),
        seenWithin: seen,
      };
    },
    async party() {
      const name = next();
      await bucket(name);
      await app(name);
      const machine = await key(name, "read-write");
      const reader = await key(name, "read-only");
      const db = await database(name);
      const { token } = (await calls.fly("POST", `/apps/${name}/deploy_token`, { expiry: "1h" })) as { token: string };
      const { id: machineId } = (await calls.fly("POST", `/apps/${name}/machines`, {
        skip_launch: true,
        config: { image: IMAGE },
      })) as { id: string };
      const credentials = {
        machine,
        reader,
        database: { token: db.token },
        deploy: { token },
        neighbour: { token: accounts.fly.token },
      };
      return { tenant: name, bucket: name, database: { name, url: db.url }, app: name, machineId, credentials };
    },
    async exec({ app: name, id }, command, stdin) {
      const order = { command, timeout: EXEC_SECONDS, ...(stdin === undefined ? {} : { stdin }) };
      const answer = await calls.fly("POST", `/apps/${name}/machines/${id}/exec`, order, 2 * EXEC_SECONDS * 1000);
      const { exit_code: code, stdout, stderr } = answer as { exit_code: number; stdout: string; stderr: string };
      return { code, out: code === 0 ? stdout : `${stdout}${stderr}` };
    },
    async stop({ app: name, id }, how) {
      await calls.fly("POST", `/apps/${name}/machines/${id}/stop`, how === undefined ? {} : KILL);
    },
    async started({ app: name, id, url }) {
      const path = `/apps/${name}/machines/${id}`;
      for (const began = Date.now(); Date.now() - began < WAIT_MS;) {
        const { state } = (await calls.fly("GET", path)) as { state: string };
        if (state === "started") break;
        if (state === "stopped") await calls.fly("POST", `${path}/start`).catch(orIsWoken);
        await sleep(STATE_MS);
      }
      await answers(url);
    },
    async ended({ app: name, id }) {
      for (const began = Date.now(); Date.now() - began < WAIT_MS;) {
        const { state } = (await calls.fly("GET", `/apps/${name}/machines/${id}`)) as { state: string };
        if (state === "stopped") return;
        await sleep(STATE_MS);
      }
    },
    async log({ app: name }) {
      return String(await calls.fly("GET", `/_embedded/apps/${name}/logs?lines=${LOG_LINES}`));
    },
    away: (vendor, ms) => outage(vendor, ms, cloud),
    async remove({ app: name, id }) {
      await calls.fly("DELETE", `/apps/${name}/machines/${id}?force=true`);
    },
  };
  return scratch;
}

function inPlace(program: Sides["program"]): object {
  if (program === undefined) return {};
  const file = { guest_path: PROGRAM, raw_value: Buffer.from(program.source).toString("base64") };
  return { files: [file], init: { cmd: appWords(program) } };
}

/** What runs: the program in the app's place, or the app as its image says (in a package it is JavaScript). */
function appWords(program: Sides["program"]): string[] {
  const node = ["node", "--disable-warning=ExperimentalWarning"];
  return program === undefined
    ? [...node, `main${extname(import.meta.filename)}`]
    : [...node, PROGRAM, ...program.args];
}

/** The app below Litestream, with time for its last copy. */
function streamed({ machineEndpoint, pathStyle }: Accounts["tigris"], bucket: string, program: Sides["program"]) {
  const cmd = streamedCommand({ endpoint: machineEndpoint, pathStyle }, bucket, appWords(program));
  return { init: { cmd }, stop_config: { signal: "SIGTERM", timeout: "60s" } };
}

/** A request was quicker: Fly's proxy starts the only machine of an app, whatever its `autostart` says. */
function orIsWoken(error: unknown): void {
  if (!(error instanceof TenantryError) || error.context.status !== 412) throw error;
}

async function volume(calls: VendorCalls, app: string): Promise<string> {
  const { id } = (await calls.fly("POST", `/apps/${app}/volumes`, { name: "data", region: "iad", size_gb: 1 })) as {
    id: string;
  };
  return id;
}

async function urlOf(calls: VendorCalls, app: string): Promise<string> {
  const urls = (await calls.fly("GET", "/_embedded/apps")) as Readonly<Record<string, { url: string }>>;
  const found = urls[app];
  if (found === undefined) throw new TenantryError(gateErrors.GATE_NO_MACHINES, `${app} has no address`);
  return found.url;
}

/** Waits until the app says that it is well. */
async function answers(url: string): Promise<void> {
  for (const began = Date.now(); Date.now() - began < WAIT_MS;) {
    const status = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(WAIT_MS) }).then(
      async (answer) => {
        await answer.arrayBuffer();
        return answer.status;
      },
      () => 0,
    );
    if (status === 200) return;
    await sleep(10);
  }
  throw new TenantryError(gateErrors.GATE_CALL_FAILED, `${url}/healthz: not healthy within ${WAIT_MS / 1000} s`);
}

/** When the entrypoint found that the mount answers: its own line in the log. */
async function mountedAt(calls: VendorCalls, app: string): Promise<number> {
  const log = String(await calls.fly("GET", `/_embedded/apps/${app}/logs?lines=500`));
  const line = log.split("\n").find((each) => each.includes("is mounted at"));
  return Date.parse(line?.split(" ")[0] ?? "");
}
