import { TenantryError } from "../../errors/tenantry-error.ts";
import { VendorError } from "../../provider/http/vendor-error.ts";
import type { VendorCall, VendorHttp } from "../../provider/http/vendor-http.ts";

/** A vendor's answer, with any status. */
export interface Heard {
  readonly status: number;
  readonly body: unknown;
  /** `409: name taken`, `200`; for people. */
  readonly said: string;
  readonly ms: number;
}

export type Request = Pick<VendorCall, "json" | "body" | "headers" | "timeoutMs"> & {
  /** For Fly's rate limits; default: method and path. */
  readonly operation?: string;
};

/** Calls a vendor. A refusal is an answer like any other; throws only if there is no answer. */
export type Caller = (method: VendorCall["method"], path: string, request?: Request) => Promise<Heard>;

/** A caller that stops at the signal. It repeats a call only after a 429. */
export function caller(http: VendorHttp, signal: AbortSignal): Caller {
  return async (method, path, request = {}) => {
    const began = performance.now();
    const heard = (status: number, body: unknown, said: string): Heard => ({
      status,
      body,
      said,
      ms: Math.round(performance.now() - began),
    });
    try {
      const operation = `${method} ${path}`;
      const answer = await http.call({ operation, method, path, idempotent: false, signal, ...request });
      return heard(answer.status, answer.body, String(answer.status));
    } catch (error) {
      if (!(error instanceof VendorError)) throw error;
      return heard(error.status, error.body, `${error.status}: ${briefly(error.said)}`);
    }
  };
}

/** The vendor's answer, if it is a success. Throws the vendor's message otherwise, because the question depends on it. */
export function must(what: string, heard: Heard): Heard {
  if (heard.status < 300) return heard;
  throw new NotAsked(`${what}: ${heard.said}`);
}

/** A question could not be asked; the message says why. */
export class NotAsked extends Error {
  override readonly name = "NotAsked";
}

/** Why a question has no answer, in a few words; undefined for our own bugs. */
export function whyNotAsked(error: unknown): string | undefined {
  if (error instanceof NotAsked) return error.message;
  return error instanceof TenantryError ? briefly(error.message) : undefined;
}

/** A text cut to what a table can show; of XML only code and message. */
export function briefly(text: string): string {
  const [, code] = /<Code>([^<]*)<\/Code>/.exec(text) ?? [];
  const [, message = ""] = /<Message>([^<]*)<\/Message>/.exec(text) ?? [];
  const line = (code === undefined ? text : `${code} ${message}`).replaceAll(/\s+/g, " ").trim();
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}

/** A field of an answer, however deep; undefined where there is none. */
export function at(body: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined),
    body,
  );
}
