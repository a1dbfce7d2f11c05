import { EventEmitter } from "node:events";
import { Readable } from "node:stream";

import type { HttpHandlerOptions, HttpRequest } from "@smithy/types";

import type { Request as Exchanged } from "../../provider/http/exchange.ts";
import type { Chance } from "./chance.ts";
import type { VendorAnswer, VendorModel, VendorRequest } from "./vendors/vendor.ts";
import { type Fate, fatesOf, inWordsOf } from "./fates.ts";
import { runs, type VirtualTime } from "./virtual-time.ts";

/** Who answers under a host name, and how it is called in evidence. */
export interface Host {
  readonly vendor: "tigris" | "iam" | "turso" | "fly";
  readonly model: VendorModel;
}

/** A call as it arrived, for evidence. */
export interface Arrival {
  readonly at: number;
  readonly run: string;
  readonly vendor: Host["vendor"];
  readonly operation: string;
  readonly fate: Fate;
  readonly status: number;
}

/** What is told of each call that arrives, before and after the vendor has acted. */
export interface Watcher {
  before(call: { run: string; number: number; operation: string; request: VendorRequest }): void;
  after(call: {
    run: string;
    vendor: Host["vendor"];
    operation: string;
    request: VendorRequest;
    answer: VendorAnswer;
    isStray: boolean;
  }): void;
  /** The answer has come back to who asked. */
  heard(call: { run: string; vendor: Host["vendor"]; answer: VendorAnswer }): void;
}

const LATENCY_MS = { least: 5, most: 250 };
/** Milliseconds after which a delayed request arrives; some clients have given up by then. */
const DELAY_MS = { least: 2000, most: 70_000 };
/** Milliseconds for which an answer may be the one of before. */
const STALE_MS = 3000;
const S3_LIMIT_MS = 30_000;
/** Milliseconds for which Node's `fetch` waits for an answer, whatever its caller wants. */
const FETCH_LIMIT_MS = 300_000;
const TIMED_OUT = { name: "TimeoutError" };
const KEPT_ARRIVALS = 400;

/** What lies between clients and vendors. It keeps nothing in order, and in bad weather loses, doubles and garbles. */
export class Network {
  /** Share of calls that do not simply go well. */
  trouble = 0;
  /** The newest last. */
  readonly arrivals: Arrival[] = [];
  /** Calls that have arrived. */
  count = 0;
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  readonly #hostOf: (name: string) => Host;
  readonly #watcher: Watcher;
  readonly #dead = new Set<string>();
  readonly #answered = new Map<string, { readonly at: number; readonly answer: VendorAnswer }>();

  constructor(time: VirtualTime, chance: Chance, hostOf: (name: string) => Host, watcher: Watcher) {
    this.#time = time;
    this.#chance = chance;
    this.#hostOf = hostOf;
    this.#watcher = watcher;
  }

  /** kill -9 of a run: what it has sent still arrives, and no answer comes back. */
  kill(run: string): void {
    this.#dead.add(run);
    this.#time.kill(run);
  }

  /** In the place of Node's own client, as far as provider/http/exchange.ts uses it. */
  readonly request = (
    url: URL,
    { method, headers, signal }: Pick<Exchanged, "method" | "headers" | "signal">,
    take: (answer: Readable) => void,
  ) => {
    const sent = new EventEmitter();
    const destroyed = new AbortController();
    const ended = AbortSignal.any([destroyed.signal, ...(signal === undefined ? [] : [signal])]);
    const end = (body = "") => {
      this.#send({ method, url, headers, body }, ended).then(
        (answer) => {
          const content = Readable.from(Buffer.from(answer.body), { objectMode: false });
          take(Object.assign(content, { statusCode: answer.status, headers: answer.headers }));
        },
        (error: unknown) => sent.emit("error", error),
      );
    };
    return Object.assign(sent, { end, destroy: () => destroyed.abort() });
  };

  /** In the place of `fetch`. */
  readonly fetch = async (input: Request | URL | string, init?: RequestInit): Promise<Response> => {
    const request = input instanceof Request && init === undefined ? input : new Request(input, init);
    const { method, url, headers, signal } = request;
    const sent = { method, url: new URL(url), headers: Object.fromEntries(headers), body: await request.text() };
    const unanswered = this.#timeLimit(FETCH_LIMIT_MS, new TypeError("fetch failed"));
    const { status, body, headers: own } = await this.#send(sent, AbortSignal.any([signal, unanswered]));
    return new Response(status === 204 ? null : body, { status, headers: own });
  };

  /** In the place of the AWS SDK's HTTP handler. */
  readonly s3Handler = {
    handle: async (request: HttpRequest, { abortSignal }: HttpHandlerOptions = {}) => {
      const query = Object.entries(request.query ?? {}).map(
        ([name, value]) => `${name}=${encodeURIComponent(String(value ?? ""))}`,
      );
      const url = new URL(
        `https://${request.hostname}${request.path}${query.length === 0 ? "" : `?${query.join("&")}`}`,
      );
      const body = request.body === undefined ? "" : Buffer.from(request.body as string).toString();
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
      );
      const unanswered = this.#timeLimit(S3_LIMIT_MS, Object.assign(new Error("no answer in time"), TIMED_OUT));
      const late = AbortSignal.any(
        [abortSignal as AbortSignal, unanswered].filter((each) => each instanceof AbortSignal),
      );
      const answer = await this.#send({ method: request.method, url, headers, body }, late);
      return {
        // The SDK hands an object's content on as a stream, and reads any other answer to its end.
        response: {
          statusCode: answer.status,
          headers: { ...answer.headers },
          body: Readable.from([Buffer.from(answer.body)]),
        },
      };
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };

  #timeLimit(ms: number, reason: Error): AbortSignal {
    const limit = new AbortController();
    this.#time.after(ms, () => limit.abort(reason));
    return limit.signal;
  }

  #send(request: VendorRequest, signal: AbortSignal): Promise<VendorAnswer> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const run = runs.getStore() ?? "";
    const host = this.#hostOf(request.url.hostname);
    const operation = host.model.operationOf(request);
    const fate = this.#fateOf(operation);
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => {
        reject(signal.reason as Error);
      });
      const back = (settle: () => void) => {
        if (!this.#dead.has(run)) runs.run(run, () => this.#time.after(this.#chance.between(LATENCY_MS), settle));
      };
      const answer = (given: VendorAnswer) => {
        back(() => {
          this.#watcher.heard({ run, vendor: host.vendor, answer: given });
          resolve(given);
        });
      };
      const broken = () => {
        back(() => {
          reject(new TypeError("fetch failed"));
        });
      };
      const arrive = (delayMs: number, then: (given: VendorAnswer) => void, isDouble = false) => {
        runs.exit(() =>
          this.#time.after(delayMs, () => {
            const isStray = isDouble || signal.aborted || this.#dead.has(run);
            then(this.#deliver({ run, host, operation, fate, request, isStray }));
          }),
        );
      };
      this.#play(fate, host, { answer, broken, arrive, isStale: () => this.#staleAnswer(request) });
    });
  }

  #play(
    fate: Fate,
    host: Host,
    {
      answer,
      broken,
      arrive,
      isStale,
    }: {
      answer: (given: VendorAnswer) => void;
      broken: () => void;
      arrive: (delayMs: number, then: (given: VendorAnswer) => void, isDouble?: boolean) => void;
      isStale: () => VendorAnswer | undefined;
    },
  ): void {
    const soon = this.#chance.between(LATENCY_MS);
    const old = fate === "as of before" ? isStale() : undefined;
    switch (fate) {
      case "lost":
        return;
      case "unanswered":
        arrive(soon, () => undefined);
        return;
      case "broken before":
        broken();
        return;
      case "broken after":
        arrive(soon, broken);
        return;
      case "delayed":
        arrive(this.#chance.between(DELAY_MS), answer);
        return;
      case "doubled":
        arrive(soon, answer);
        arrive(soon + this.#chance.between(DELAY_MS) / 10, () => undefined, true);
        return;
      case "well":
      case "as of before":
        if (old === undefined) arrive(soon, answer);
        else answer(old);
        return;
      default: {
        const { isAfter, answer: given } = inWordsOf(host.vendor, fate);
        if (isAfter) arrive(soon, (real) => answer(given(real)));
        else answer(given({ status: 200, headers: {}, body: "" }));
      }
    }
  }

  #deliver({
    run,
    host,
    operation,
    fate,
    request,
    isStray,
  }: {
    run: string;
    host: Host;
    operation: string;
    fate: Fate;
    request: VendorRequest;
    isStray: boolean;
  }): VendorAnswer {
    this.count += 1;
    this.#watcher.before({ run, number: this.count, operation, request });
    const { vendor, model } = host;
    const answer = model.answer(request);
    if (request.method === "GET") this.#answered.set(request.url.href, { at: this.#time.now(), answer });
    this.arrivals.push({ at: this.#time.now(), run, vendor, operation, fate, status: answer.status });
    if (this.arrivals.length > KEPT_ARRIVALS) this.arrivals.shift();
    this.#watcher.after({ run, vendor, operation, request, answer, isStray });
    return answer;
  }

  #staleAnswer({ url }: VendorRequest): VendorAnswer | undefined {
    const found = this.#answered.get(url.href);
    return found !== undefined && this.#time.now() - found.at <= STALE_MS ? found.answer : undefined;
  }

  #fateOf(operation: string): Fate {
    if (this.trouble === 0 || !this.#chance.is(this.trouble)) return "well";
    return this.#chance.of(...fatesOf(operation));
  }
}
