import { type Client, createClient } from "@libsql/client";

import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { vendorApi } from "../../support/openapi.ts";

/** The vendor's own description of its API; undefined where it is not at hand. */
export const turso = vendorApi("turso-platform.openapi.json");

export interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
}

export interface Created {
  readonly DbId: string;
  readonly Hostname: string;
  readonly Name: string;
}

/** An embedded Turso of a test's own, with one group, `main`. */
export interface TursoCloud {
  readonly cloud: TestCloud;
  readonly token: string;
  readonly endpoint: string;
  /** Calls the Platform API below `/v1/organizations/{org}`, or anywhere with `//`. Every answer is held against the vendor's document. */
  ask<Body = { error: string }>(method: string, path: string, body?: unknown, token?: string): Promise<Answer<Body>>;
  create(name: string, more?: object): Promise<Created>;
  /** A token for SQL; `query` like `?authorization=read-only`. */
  mint(name: string, query?: string): Promise<string>;
  /** A libSQL client of the database at `hostname`, closed in `dispose`. */
  connect(hostname: string, authToken: string, url?: (hostname: string) => string): Client;
  dispose(): Promise<void>;
}

export async function startTurso(): Promise<TursoCloud> {
  const cloud = await startCloud({ vendors: ["turso"] });
  const { endpoint, organization, token } = cloud.descriptor.turso;
  const clients: Client[] = [];
  const ask: TursoCloud["ask"] = async (method, path, body, caller = token) => {
    const url = path.startsWith("//") ? path.slice(1) : `/v1/organizations/${organization}${path}`;
    const response = await fetch(`${endpoint}${url}`, {
      method,
      headers: { authorization: `Bearer ${caller}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = text === "" ? undefined : (JSON.parse(text) as unknown);
    hold(method, url.replace(/\?.*/, ""), response.status, answer);
    return { status: response.status, body: answer as never };
  };
  const started: TursoCloud = {
    cloud,
    token,
    endpoint,
    ask,
    async create(name, more = {}) {
      const { status, body } = await ask<{ database: Created }>("POST", "/databases", { name, group: "main", ...more });
      if (status !== 200) throw new Error(`${name}: ${status} ${JSON.stringify(body)}`);
      return body.database;
    },
    async mint(name, query = "") {
      const { status, body } = await ask<{ jwt: string }>("POST", `/databases/${name}/auth/tokens${query}`);
      if (status !== 200) throw new Error(`${name}: ${status} ${JSON.stringify(body)}`);
      return body.jwt;
    },
    connect(hostname, authToken, url = (host) => `libsql://${host}?tls=0`) {
      const client = createClient({ url: url(hostname), authToken });
      clients.push(client);
      return client;
    },
    async dispose() {
      for (const client of clients) client.close();
      await cloud.dispose();
    },
  };
  await ask("POST", "/groups", { name: "main", location: "aws-eu-west-1" });
  return started;
}

// Seen at the vendor but not in its document: the SDK's address for validate, the CLI's reading of usage and pages.
const UNDOCUMENTED_PATHS = ["/v1/auth/api-tokens/validate"];

function hold(method: string, path: string, status: number, body: unknown): void {
  if (turso === undefined || UNDOCUMENTED_PATHS.includes(path)) return;
  const { operation, documented, problems } = turso.answer({ method, path, status, body: documentedPart(body) });
  const isError = typeof (body as { error?: unknown } | undefined)?.error === "string";
  // The document lists few of the errors; those it leaves out have the shape of the others.
  const wrong = documented
    ? problems
    : status >= 400 && isError
      ? []
      : ["neither documented nor an error", ...problems];
  if (wrong.length > 0)
    throw new Error(`${method} ${path} (${operation ?? "?"}): ${status} ${JSON.stringify(body)}: ${wrong.join("; ")}`);
}

function documentedPart(body: unknown): unknown {
  if (!isObject(body)) return body;
  const { database } = body;
  return { ...without(body, "pagination"), ...(isObject(database) ? { database: without(database, "usage") } : {}) };
}

const without = (object: object, key: string) => Object.fromEntries(Object.entries(object).filter(([k]) => k !== key));

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
