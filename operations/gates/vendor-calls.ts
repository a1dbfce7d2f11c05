import { setTimeout as sleep } from "node:timers/promises";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { s3Url } from "../../provider/tigris/addressing.ts";
import type { Accounts } from "../../stack/accounts.ts";
import type { Answer, Sent } from "../verify/attempt.ts";
import type { Sender } from "../verify/sender.ts";
import { gateErrors } from "./errors.ts";

type Method = Sent["method"];

/** Calls to the vendors with the operator's credentials. Every call throws GATE_CALL_FAILED unless it succeeds. */
export interface VendorCalls {
  s3(method: Method, path: string, body?: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  iam(action: string, form: Readonly<Record<string, string>>): Promise<unknown>;
  /** Below the organisation. */
  turso(method: Method, path: string, body?: object): Promise<unknown>;
  /** @param limitMs how long to wait for the answer, in milliseconds; default: 20 000 */
  fly(method: Method, path: string, body?: object, limitMs?: number): Promise<unknown>;
}

/** Fly takes one call a second of a kind: a 429 is asked again. */
const PATIENCE = 30;

export function vendorCalls({ tigris, turso, fly }: Accounts, sender: Sender): VendorCalls {
  const asked = async (sent: Sent, as: typeof tigris | { token: string }): Promise<Answer> => {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await sender.send(sent, as);
      if (answer.status >= 200 && answer.status < 300) return answer;
      if (answer.status !== 429 || attempt === PATIENCE) {
        const call = `${sent.method} ${new URL(sent.url).pathname}`;
        throw new TenantryError(gateErrors.GATE_CALL_FAILED, `${call}: ${answer.status} ${answer.text.slice(0, 200)}`, {
          status: answer.status,
        });
      }
      await sleep(1000);
    }
  };
  const json = async (method: Method, url: string, token: string, body?: object, limitMs?: number) => {
    const sent =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    const limit = limitMs === undefined ? {} : { limitMs };
    const { text } = await asked({ method, url, ...sent, ...limit }, { token });
    return asJson(text);
  };
  return {
    s3: (method, path, body, headers) =>
      asked(
        {
          method,
          url: s3Url(tigris, path),
          ...(body === undefined ? {} : { body }),
          ...(headers === undefined ? {} : { headers }),
        },
        tigris,
      ),
    iam: async (action, form) => {
      const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
      const url = `${tigris.iamEndpoint}/?Action=${action}`;
      const { text } = await asked(
        { method: "POST", url, headers, body: new URLSearchParams(form).toString() },
        tigris,
      );
      return asJson(text);
    },
    turso: (method, path, body) =>
      json(method, `${turso.endpoint}/v1/organizations/${turso.organization}${path}`, turso.token, body),
    fly: (method, path, body, limitMs) =>
      json(method, `${fly.endpoint}${path.startsWith("/_") ? path : `/v1${path}`}`, fly.token, body, limitMs),
  };
}

/** Logs are no JSON. */
function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
