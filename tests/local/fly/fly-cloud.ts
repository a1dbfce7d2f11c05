import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { vendorApi } from "../../support/openapi.ts";
import { type Deviation, DEVIATIONS } from "./deviations.ts";

/** The vendor's own description of its API; undefined where it is not at hand. */
export const document = vendorApi("fly-machines.openapi.json");

export interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
  readonly headers: Headers;
}

export interface ErrorBody {
  readonly error?: string;
  readonly message?: string;
  readonly status?: string;
}

export interface Check {
  readonly name: string;
  readonly status: string;
  readonly output: string;
}

/** What a test reads of a machine. */
export interface Machine {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly region: string;
  readonly instance_id: string;
  readonly private_ip: string;
  readonly nonce?: string;
  readonly image_ref: Readonly<Record<string, string>>;
  readonly config: Readonly<Record<string, unknown>>;
  readonly events: readonly { readonly type: string; readonly status: string; readonly request?: unknown }[];
  readonly checks: readonly Check[];
  readonly updated_at: string;
  readonly host_status: string;
}

export interface Options {
  readonly token?: string;
  /** Of a lease. */
  readonly nonce?: string | undefined;
}

/** An embedded Fly of a test's own, rate limits off. */
export interface FlyCloud {
  readonly cloud: TestCloud;
  readonly token: string;
  readonly endpoint: string;
  readonly organization: string;
  /** The deviations from the document that were met. */
  readonly met: ReadonlySet<Deviation>;
  /** Calls the API; paths below `/v1` unless they start with `/_embedded`. Every answer is held against the vendor's document. */
  ask<Body = ErrorBody>(method: string, path: string, body?: unknown, options?: Options): Promise<Answer<Body>>;
  createApp(name: string, more?: object): Promise<void>;
  /** Creates a machine and waits until it is settled. */
  createMachine(app: string, body?: object): Promise<Machine>;
  machine(app: string, id: string): Promise<Machine>;
  dispose(): Promise<void>;
}

export async function startFly(how: Parameters<typeof startCloud>[0] = {}): Promise<FlyCloud> {
  const cloud = await startCloud({ vendors: ["fly"], ...how });
  const { endpoint, organization, token } = cloud.descriptor.fly;
  const met = new Set<Deviation>();
  const ask = async <Body>(
    method: string,
    path: string,
    body?: unknown,
    options: Options = {},
  ): Promise<Answer<Body>> => {
    const url = path.startsWith("/_embedded") ? path : `/v1${path}`;
    const response = await fetch(`${endpoint}${url}`, {
      method,
      headers: {
        authorization: `Bearer ${options.token ?? token}`,
        ...(options.nonce === undefined ? {} : { "fly-machine-lease-nonce": options.nonce }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") === true;
    const answer: unknown = text === "" ? undefined : isJson ? JSON.parse(text) : text;
    hold(method, url.replace(/\?.*/, ""), response, answer, met);
    return { status: response.status, body: answer as Body, headers: response.headers };
  };
  const must = async (method: string, path: string, body?: unknown) => {
    const answer = await ask<Machine>(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const fly: FlyCloud = {
    cloud,
    token,
    endpoint,
    organization,
    met,
    ask,
    async createApp(name, more = {}) {
      await must("POST", "/apps", { app_name: name, org_slug: organization, ...more });
    },
    async createMachine(app, body = {}) {
      const { id } = await must("POST", `/apps/${app}/machines`, { region: "iad", config: SMALL, ...body });
      await must("GET", `/apps/${app}/machines/${id}/wait?state=settled&timeout=5`);
      return fly.machine(app, id);
    },
    machine: (app, id) => must("GET", `/apps/${app}/machines/${id}`),
    dispose: () => cloud.dispose(),
  };
  await must("PUT", "/_embedded/rate-limits", { enabled: false });
  return fly;
}

/** The smallest config. */
export const SMALL = { image: "registry.example/app:1" };

function hold(method: string, path: string, response: Response, body: unknown, met: Set<Deviation>): void {
  const { status, headers } = response;
  const fail = (why: string) => {
    throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}: ${why}`);
  };
  if (!/^[0-9A-Z]{26}-[a-z]{3}$/.test(headers.get("fly-request-id") ?? "")) fail("no fly-request-id");
  if (document === undefined || path.startsWith("/_embedded")) return;
  const { operation } = document.answer({ method, path, status, body });
  if (operation === undefined && status === 404) return;
  let documented = body;
  for (const deviation of DEVIATIONS.filter(({ where }) => where.test(`${operation ?? "?"} ${status}`))) {
    const next = deviation.documented(documented as Readonly<Record<string, unknown>>);
    if (JSON.stringify(next) !== JSON.stringify(documented)) met.add(deviation);
    documented = next;
  }
  const verdict = document.answer({ method, path, status, body: documented });
  // The document lists few of the errors, and knows one of their two shapes.
  const wrong = status >= 400 ? (isError(body) ? [] : ["no error body"]) : verdict.problems;
  if (status < 400 && !verdict.documented) fail("the document does not know this status");
  if (wrong.length > 0) fail(wrong.join("; "));
}

/** `{error, status}` of machines, volumes and secrets, `{message}` of apps and addresses, never both. */
function isError(body: unknown): boolean {
  const { error, message, status } = (body ?? {}) as ErrorBody;
  const isFlaps = typeof error === "string" && typeof status === "string" && message === undefined;
  return isFlaps || (typeof message === "string" && error === undefined);
}
