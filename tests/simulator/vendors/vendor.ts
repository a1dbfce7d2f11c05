/** A request as it arrives at a vendor. Header names are in lower case. */
export interface VendorRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a vendor answers. */
export interface VendorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Where the models take ids and the time from. */
export interface Nature {
  /** Milliseconds since 1970. */
  now(): number;
  /** So many hex digits, by chance. */
  hex(digits: number): string;
  /** Milliseconds that something takes which the vendor does after its answer. */
  workMs(): number;
}

/** A vendor in this process: a record store that answers one request after the other. */
export interface VendorModel {
  /** The operation's name, as the provider calls it. */
  operationOf(request: VendorRequest): string;
  answer(request: VendorRequest): VendorAnswer;
}

/** A request that the vendor turns down. */
export class Refusal extends Error {
  readonly answer: VendorAnswer;

  constructor(answer: VendorAnswer) {
    super(`${answer.status} ${answer.body}`);
    this.answer = answer;
  }
}

export function json(status: number, body: unknown): VendorAnswer {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

export function empty(status: number): VendorAnswer {
  return { status, headers: {}, body: "" };
}

/** A request whose place in the API is known. */
export interface Call extends VendorRequest {
  readonly params: Readonly<Record<string, string>>;
  /** The body's JSON; undefined without one. */
  readonly json: unknown;
}

export type Routes = Readonly<Record<string, (call: Call) => VendorAnswer>>;

interface Route {
  readonly name: string;
  readonly method: string;
  readonly segments: readonly string[];
  readonly handle: (call: Call) => VendorAnswer;
}

/** A vendor from its operations: `GET /v1/apps/{app}`. */
export function modelOf(routes: Routes, unknown: () => VendorAnswer): VendorModel {
  const all = Object.entries(routes).map(([name, handle]): Route => {
    const [method = "", path = ""] = name.split(" ");
    return { name, method, segments: path.split("/"), handle };
  });
  const find = ({ method, url }: VendorRequest) => {
    const segments = url.pathname.split("/").map(decodeURIComponent);
    const isMeant = (route: Route) =>
      route.method === method &&
      route.segments.length === segments.length &&
      route.segments.every((each, at) => each.startsWith("{") || each === segments[at]);
    const found = all.find(isMeant);
    const named = found?.segments.flatMap((each, at) =>
      each.startsWith("{") ? [[each.slice(1, -1), segments[at]]] : [],
    );
    return found && { route: found, params: Object.fromEntries(named ?? []) as Record<string, string> };
  };
  return {
    operationOf: (request) => find(request)?.route.name ?? "(unknown)",
    answer(request) {
      const found = find(request);
      if (found === undefined) return unknown();
      const parsed: unknown = request.body === "" ? undefined : JSON.parse(request.body);
      return refusing(() => found.route.handle({ ...request, params: found.params, json: parsed }));
    },
  };
}

/** The answer of `work`, be it a refusal. */
export function refusing(work: () => VendorAnswer): VendorAnswer {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}
