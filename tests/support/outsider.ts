import { setTimeout as sleep } from "node:timers/promises";

import { SignatureV4 } from "@smithy/signature-v4";
import { Sha256 } from "@aws-crypto/sha256-js";

import { s3Url } from "../../provider/tigris/addressing.ts";
import type { TestCloud } from "./cloud.ts";

/** Somebody who changes things at the vendors with the organisation's own credentials, past tenantry. */
export interface Outsider {
  /** A signed call to Tigris' S3 endpoint; answers the body. */
  s3(method: string, path: string, body?: string, headers?: Readonly<Record<string, string>>): Promise<string>;
  /** An action of Tigris' IAM. */
  iam<Body = unknown>(action: string, form: Readonly<Record<string, string>>): Promise<Body>;
  /** Turso's platform API, below the organisation. */
  turso<Body = unknown>(method: string, path: string, body?: unknown): Promise<Body>;
  /** The Machines API; the embedded one's own switches below `/_embedded`. */
  fly<Body = unknown>(method: string, path: string, body?: unknown): Promise<Body>;
}

/** Every call throws for what is no success. */
export function outsider(cloud: TestCloud): Outsider {
  const { tigris, turso, fly } = cloud.descriptor;
  const signer = new SignatureV4({
    credentials: tigris,
    region: "auto",
    service: "s3",
    sha256: Sha256,
    uriEscapePath: false,
  });
  const signed = async (method: string, url: URL, body: string, headers: Readonly<Record<string, string>>) => {
    const request = await signer.sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { ...headers, host: url.host },
      body,
    });
    return ask(method, url.href, request.headers, body);
  };
  const json = async (method: string, url: string, token: string, body: unknown) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const text = await ask(method, url, headers, body === undefined ? "" : JSON.stringify(body));
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  };
  return {
    s3: (method, path, body = "", headers = {}) => signed(method, new URL(s3Url(tigris, path)), body, headers),
    async iam<Body>(action: string, form: Readonly<Record<string, string>>) {
      const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
      const url = new URL(`${tigris.iamEndpoint}/?Action=${action}`);
      const text = await signed("POST", url, new URLSearchParams(form).toString(), headers);
      return (text === "" ? undefined : JSON.parse(text)) as Body;
    },
    async turso<Body>(method: string, path: string, body?: unknown) {
      const url = `${turso.endpoint}/v1/organizations/${turso.organization}${path}`;
      return (await json(method, url, turso.token, body)) as Body;
    },
    fly: async <Body>(method: string, path: string, body?: unknown) =>
      (await json(method, `${fly.endpoint}${path.startsWith("/_") ? path : `/v1${path}`}`, fly.token, body)) as Body,
  };
}

async function ask(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<string> {
  const response = await fetch(url, { method, headers, ...(body === "" ? {} : { body }) });
  const text = await response.text();
  // What came before may have used up what Fly allows in a second.
  if (response.status === 429) {
    await sleep(1000);
    return ask(method, url, headers, body);
  }
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname}: ${response.status} ${text}`);
  return text;
}
