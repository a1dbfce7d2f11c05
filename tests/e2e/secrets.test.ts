import { once } from "node:events";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { secretEnv } from "../support/secret-env.ts";
import { startCloud, type TestCloud } from "../support/cloud.ts";
import { parsed, type Ran, run } from "../support/scratch-project.ts";
import { disguisesOf } from "./disguises.ts";
import { bootEnvironments } from "./estate.ts";
import { sideProject, type SideProject } from "./side-project.ts";

/** A text that people or other programs get to see, and where it was. */
interface Seen {
  readonly where: string;
  readonly text: string;
}

let cloud: TestCloud;
let project: SideProject;
let proxy: { server: Server; asked: string[] };
const printed: Seen[] = [];
const argvs = new Set<string>();
/** The paths of calls that were refused with everything they had sent. */
const echoed: string[] = [];
/** By what it is, so that a failure says which secret it was without showing it. */
const secrets = new Map<string, string>();

beforeAll(async () => {
  cloud = await startCloud();
  proxy = await recordingProxy();
  project = sideProject(cloud, { prefix: "sec" }, { verbs: "warm" });
  // The state's folder as the command line itself makes it.
  rmSync(join(project.home, "state"), { recursive: true });
  project.tenant("ada", tenant("access: [{ name: laptop, mode: read-only }]"));
  project.tenant("eva", tenant("database: { engine: none }"));
  Object.assign(project.env, throughProxy(proxy.server));
  await aDay();
}, 600_000);

afterAll(async () => {
  project.dispose();
  proxy.server.close();
  await cloud.dispose();
}, 60_000);

function tenant(more: string, epoch = 1): string {
  return `owner: a@example.com\n${more}\nrotation: { epoch: ${epoch} }\n`;
}

/** Everything that prints, from the first `up` over a drift and a rotation to an `up` that fails. */
async function aDay(): Promise<void> {
  plantedByTheCloud();
  const first = await observe("up", () => project.asProcess("up"));
  if (first.code !== 0) throw new Error(first.stdout + first.stderr);
  await plantedByTheUp("first");
  for (const args of [["list"], ["show", "ada"], ["env", "ada"], ["emit"]]) {
    await observe(args.join(" "), () => project.tenantry(...args, "--json"));
    await observe(args.join(" "), () => project.tenantry(...args));
  }
  await changeSecretsBehindOurBack();
  await observe("drift", () => project.tenantry("drift", "--json", "--markdown", "drift.md"));
  await observe("drift", () => project.tenantry("drift"));
  await observe("status", () => project.tenantry("status", "--json"));
  await observe("report", () =>
    project.tenantry("report", "--check-drift", "--json", "--html", "report.html", "--markdown", "report.md"),
  );
  project.tenant("ada", tenant("access: [{ name: laptop, mode: read-only }]", 2));
  project.tenant("eva", tenant("database: { engine: none }", 2));
  await observe("plan", () => project.tenantry("plan", "--json", "--markdown", "plan.md", "--out", "plan.json"));
  await observe("plan", () => project.tenantry("plan"));
  await observe("preview", () => project.pulumi("preview", "--refresh", "--json"));
  await observe("preview", () => project.pulumi("preview", "--diff"));
  const failing = await withEchoingVendors(async () => {
    const tenantrys = await observe("failing up", () => project.asProcess("up", "--checkpoints"));
    const pulumis = await observe("failing up", () => project.pulumi("up", "--yes", "--skip-preview", "--diff"));
    return [tenantrys, pulumis];
  });
  if (failing.some(({ code }) => code === 0)) throw new Error("the vendors refused, and an up went through");
  await plantedByTheUp("failing");
  await observe("up --json", () => project.tenantry("up", "--json"));
  await plantedByTheUp("last");
  for (const args of [["stack", "output", "--json"], ["stack", "export"], ["stack", "history", "--json"], ["stack"]]) {
    await observe(args.join(" "), () => project.pulumi(...args));
  }
}

/** Runs it, keeps what it prints, and looks at the command lines of all processes of this machine meanwhile. */
async function observe(where: string, start: () => Promise<Ran>): Promise<Ran> {
  const watch = setInterval(lookAtCommandLines, 20);
  const ran = await start().finally(() => {
    clearInterval(watch);
  });
  printed.push(
    { where: `${where}: standard output`, text: ran.stdout },
    { where: `${where}: standard error`, text: ran.stderr },
  );
  return ran;
}

function lookAtCommandLines(): void {
  for (const pid of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      argvs.add(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
    } catch {
      // It has ended meanwhile.
    }
  }
}

function plant(what: string, value: string | undefined): void {
  if (value === undefined || value.length < 20) throw new Error(`${what} is no secret to look for`);
  secrets.set(what, value);
}

function plantedByTheCloud(): void {
  const { tigris, turso, fly, admin } = cloud.descriptor;
  plant("the root key of Tigris", tigris.secretAccessKey);
  plant("the platform token of Turso", turso.token);
  plant("the organisation token of Fly", fly.token);
  plant("the token of the embedded cloud", admin.token);
}

/** What the machines hold, and every secret in the state. */
async function plantedByTheUp(when: string): Promise<void> {
  for (const [app, env] of bootEnvironments(cloud, "sec")) {
    for (const name of ["AWS_SECRET_ACCESS_KEY", "DATABASE_AUTH_TOKEN", "DATABASE_URL"]) {
      if (env[name] !== undefined) plant(`${name} of ${app} (${when})`, env[name]);
    }
  }
  const exported = await project.pulumi("stack", "export", "--show-secrets");
  const { deployment } = parsed(exported) as { deployment: { resources: { urn: string; outputs?: object }[] } };
  for (const { urn, outputs = {} } of deployment.resources) {
    for (const [name, value] of Object.entries(outputs) as [string, { plaintext?: string } | undefined][]) {
      if (value?.plaintext === undefined || !["secretAccessKey", "token"].includes(name)) continue;
      plant(`${name} of ${urn} (${when})`, JSON.parse(value.plaintext) as string);
    }
  }
}

async function changeSecretsBehindOurBack(): Promise<void> {
  const { fly } = cloud.descriptor;
  plant("a secret set by somebody else", "planted-by-an-outsider-0123456789");
  const response = await fetch(`${fly.endpoint}/v1/apps/sec-local-ada/secrets`, {
    method: "POST",
    headers: { authorization: `Bearer ${fly.token}` },
    body: JSON.stringify({ values: { AWS_SECRET_ACCESS_KEY: secrets.get("a secret set by somebody else") } }),
  });
  if (!response.ok) throw new Error(await response.text());
  await changeTheMachine();
}

/** What people set in a hurry: secrets among the machine's plain variables, and words that steer a terminal or a CI. */
async function changeTheMachine(): Promise<void> {
  plant("a key among the plain variables", ["sk", "live", "4eC39HqLyjWDarjtT1zdp7dc"].join("_"));
  plant("a password of a database elsewhere", "hunter-two-in-an-address");
  plant("a value whose name says secret", "nothing-random-about-it");
  const { fly } = cloud.descriptor;
  const headers = { authorization: `Bearer ${fly.token}`, "content-type": "application/json" };
  const machines = `${fly.endpoint}/v1/apps/sec-local-ada/machines`;
  const [machine] = (await (await fetch(machines, { headers })).json()) as { id: string; config: { env: object } }[];
  if (machine === undefined) throw new Error("ada has no machine");
  const env = {
    ...machine.config.env,
    PLAIN: secrets.get("a key among the plain variables"),
    DB: `postgres://u:${secrets.get("a password of a database elsewhere") ?? ""}@h/d`,
    STRIPE_SECRET_KEY: secrets.get("a value whose name says secret"),
    STEERS: "\u001b]0;gone\u0007\n::error::all is lost\u202e",
  };
  const body = JSON.stringify({ config: { ...machine.config, env } });
  const changed = await fetch(`${machines}/${machine.id}`, { method: "POST", headers, body });
  if (!changed.ok) throw new Error(await changed.text());
}

/** Turso and Fly as they are for reads, and for all else with refusals that repeat the whole request. */
async function withEchoingVendors<Result>(work: () => Promise<Result>): Promise<Result> {
  const path = join(project.home, "cloud", "cloud.json");
  const { turso, fly } = cloud.descriptor;
  const echoes = await Promise.all([turso, fly].map(({ endpoint }) => listening(createServer(echoing(endpoint)))));
  const [tursoEcho, flyEcho] = echoes.map((server) => ({ endpoint: addressOf(server) }));
  const descriptor = { ...cloud.descriptor, turso: { ...turso, ...tursoEcho }, fly: { ...fly, ...flyEcho } };
  const original = readFileSync(path, "utf8");
  rmSync(path);
  writeFileSync(path, JSON.stringify(descriptor), { mode: 0o600 });
  try {
    return await work();
  } finally {
    writeFileSync(path, original, { mode: 0o600 });
    for (const server of echoes) server.close();
  }
}

function echoing(endpoint: string) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    void (async () => {
      const { authorization = "" } = request.headers;
      if (request.method === "GET") {
        const answer = await fetch(`${endpoint}${request.url ?? "/"}`, { headers: { authorization } });
        response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
        return;
      }
      echoed.push(request.url ?? "");
      let body = "";
      for await (const chunk of request) body += String(chunk);
      const error = `will not do ${body} for ${authorization}`;
      response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify({ error }));
    })();
  };
}

/** Writes down whom it is asked for; lets nobody through but to this machine itself. */
async function recordingProxy() {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(502).end();
  });
  server.on("connect", ({ url = "" }: IncomingMessage, client: Socket) => {
    const [, port] = /^127\.[\d.]+:(\d+)$/.exec(url) ?? [];
    if (port === undefined) {
      asked.push(url);
      client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
      return;
    }
    const target = connect(Number(port), url.split(":")[0], () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      client.pipe(target).pipe(client);
    });
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const)
      one.on("error", () => other.destroy());
  });
  return { server: await listening(server), asked };
}

/** Sends everything through the proxy that does not stay on this machine: Node, Go and gRPC obey. */
function throughProxy(server: Server): Record<string, string> {
  const url = addressOf(server);
  const both = (name: string, value: string) => ({ [name]: value, [name.toLowerCase()]: value });
  return {
    NODE_USE_ENV_PROXY: "1",
    ...both("HTTP_PROXY", url),
    ...both("HTTPS_PROXY", url),
    ...both("NO_PROXY", "localhost,127.0.0.1,127.0.0.0/8"),
  };
}

async function listening(server: Server): Promise<Server> {
  server.listen(0, "127.0.0.1").unref();
  await once(server, "listening");
  return server;
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** All files below a folder; links are not followed. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

const contents = (paths: readonly string[]): Seen[] =>
  paths.map((where) => ({ where, text: readFileSync(where, "latin1") }));

/** Which secrets are where. Never the secrets themselves. */
function leaks(seen: readonly Seen[]): string[] {
  const forms = [...secrets].map(([what, value]) => [what, disguisesOf(value)] as const);
  return seen.flatMap(({ where, text }) =>
    forms.filter(([, all]) => all.some((form) => text.includes(form))).map(([what]) => `${what} in ${where}`),
  );
}

describe("no secret is in plain text", () => {
  it("of those that there are: the vendors' root credentials, each key, token and secret, before and after a rotation", () => {
    const kinds = [...secrets.keys()].map((what) => what.split(" of ")[0]);
    expect(secrets.size).toBeGreaterThan(15);
    expect(new Set(kinds)).toEqual(
      new Set([
        "the root key",
        "the platform token",
        "the organisation token",
        "the token",
        "a secret set by somebody else",
        "a key among the plain variables",
        "a password",
        "a value whose name says secret",
        "AWS_SECRET_ACCESS_KEY",
        "DATABASE_AUTH_TOKEN",
        "DATABASE_URL",
        "secretAccessKey",
        "token",
      ]),
    );
    expect(new Set(secrets.values()).size).toBeGreaterThan(10);
  });

  it("in the state, its backups and its history", () => {
    const files = filesBelow(join(project.home, "state"));
    const named = (part: string) => files.filter((path) => path.includes(part));
    expect([named("/stacks/"), named("/backups/"), named("/history/")].map(({ length }) => length > 0)).toEqual([
      true,
      true,
      true,
    ]);
    expect(leaks(contents(files))).toEqual([]);
  });

  it("in the logs and the settings of Pulumi, and in nothing else of the project's home", () => {
    const files = filesBelow(project.home).filter((path) => !path.startsWith(join(project.home, "cloud")));
    expect(files.some((path) => path.endsWith(".log"))).toBe(true);
    expect(leaks(contents(files))).toEqual([]);
  });

  it("in the logs of the embedded cloud and its engines", () => {
    const logs = filesBelow(join(cloud.home, "cloud")).filter((path) => path.endsWith(".log"));
    expect(logs.map((path) => path.split("/").at(-1))).toEqual(expect.arrayContaining(["cloud.log", "sqld.log"]));
    expect(leaks(contents(logs))).toEqual([]);
  });

  it("in what the commands print, of failing ups too whose vendors repeat the request in their refusal", () => {
    const paths = ["/databases/sec-local-ada/auth/rotate", "/v1/apps/sec-local-eva/secrets"];
    for (const path of paths) expect(echoed).toContainEqual(expect.stringContaining(path));
    expect(leaks(printed)).toEqual([]);
  });

  it("in what is set at a vendor by somebody else, which a drift report and a plan name without its value", () => {
    const drifts = printed.filter(({ where }) => where === "drift: standard output");
    expect(drifts).toHaveLength(2);
    for (const { text } of drifts) {
      for (const name of ["PLAIN", "DB", "STRIPE_SECRET_KEY"]) expect(text).toContain(`machine.config.env.${name}`);
      expect(text).toContain("[secret]");
      expect(text).toMatch(/gone\\+x07\\+n::error::all is lost\\+u202e/);
    }
    for (const { text } of printed.filter(({ where }) => !/^(?:preview|stack|failing up)/.test(where))) {
      expect(text).not.toMatch(/^\s*::error|\u202e/m);
      expect(text).not.toContain("\u001b]");
    }
  });

  it("in the emitted files, the reports and the settings of the stack", () => {
    const files = filesBelow(project.dir);
    const names = files.map((path) => path.split("/").at(-1));
    const expected = [
      "machine.json",
      "fly.toml",
      "tenant.env",
      "plan.md",
      "plan.json",
      "drift.md",
      "report.html",
      "report.md",
      "Pulumi.local.yaml",
    ];
    expect(names).toEqual(expect.arrayContaining(expected));
    expect(leaks(contents(files))).toEqual([]);
  });

  it("on the command line of any process while all this went on", () => {
    const all = [...argvs].map((text) => ({ where: text.split("\0").slice(0, 3).join(" "), text }));
    for (const program of ["pulumi", "pulumi-language-nodejs", "provider/main.ts", "versitygw", "sqld"]) {
      expect(all.filter(({ text }) => text.includes(program))).not.toEqual([]);
    }
    expect(leaks(all)).toEqual([]);
  });
});

describe("the state", () => {
  it("holds ciphertext where the secrets are", () => {
    const text = readFileSync(join(project.home, "state/.pulumi/stacks/tenantry/local.json"), "utf8");
    const { checkpoint } = JSON.parse(text) as {
      checkpoint: { latest: { resources: { type: string; outputs?: Record<string, { ciphertext?: string }> }[] } };
    };
    const outputs = (type: string, name: string) =>
      checkpoint.latest.resources.filter((each) => each.type === type).map((each) => each.outputs?.[name]?.ciphertext);
    expect(outputs("tenantry:tigris:AccessKey", "secretAccessKey")).toHaveLength(3);
    for (const each of outputs("tenantry:tigris:AccessKey", "secretAccessKey")) expect(each).toMatch(/^v1:/);
    for (const each of outputs("tenantry:turso:DatabaseToken", "token")) expect(each).toMatch(/^v1:/);
  });

  it("is, with everything else that is not in git, readable only by its owner", () => {
    const isOpen = (path: string) => (statSync(path).mode & 0o077) !== 0;
    const isReachable = (path: string): boolean =>
      path === project.home || (isOpen(path) && isReachable(join(path, "..")));
    expect(filesBelow(project.home).filter(isReachable)).toEqual([]);
  });
});

it("`env --show-secrets` gives them to a file of one's own, and refuses a pipe", async () => {
  const piped = await project.tenantry("env", "ada", "--show-secrets");
  expect(piped).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("SECRET_NEEDS_FILE") as unknown });
  const found = await secretEnv(project.tenantry, "ada");
  const { AWS_SECRET_ACCESS_KEY: key = "-", DATABASE_AUTH_TOKEN: token = "-" } =
    bootEnvironments(cloud, "sec").get("sec-local-ada") ?? {};
  expect(found).toMatchObject({ AWS_SECRET_ACCESS_KEY: key, DATABASE_AUTH_TOKEN: token });
});

describe("nothing is told to anybody outside this machine", () => {
  it("by all that ran: no call went to the proxy", () => {
    expect(proxy.asked).toEqual([]);
  });

  it("and the proxy would have seen one, of Node and of Pulumi", async () => {
    const env = {
      ...process.env,
      ...project.env,
      PULUMI_HOME: join(project.home, "other"),
      PULUMI_SKIP_UPDATE_CHECK: "",
    };
    await run(process.execPath, ["-e", 'fetch("http://node.example/").catch(() => undefined)'], project.dir, env);
    expect(proxy.asked.join(" ")).toContain("node.example");
    await run("pulumi", ["login", "https://pulumi.example"], project.dir, { ...env, PULUMI_ACCESS_TOKEN: "none" });
    expect(proxy.asked.join(" ")).toContain("pulumi.example");
  }, 60_000);
});
