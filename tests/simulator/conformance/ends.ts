import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";

import { seeded } from "../../../operations/engine/seeded.ts";
import type { TestCloud } from "../../support/cloud.ts";
import { flyModel } from "../vendors/fly.ts";
import { iamModel } from "../vendors/tigris-iam.ts";
import { tigrisModel } from "../vendors/tigris.ts";
import { tursoModel } from "../vendors/turso.ts";
import type { Nature, VendorModel } from "../vendors/vendor.ts";
import { Ids, seenIn } from "./seen.ts";
import type { Surface, TracedCall } from "./traces.ts";

/** Where a trace is played: answers what of each answer has to be the same everywhere. */
export type End = (trace: readonly TracedCall[], prefix: string) => Promise<unknown[]>;

/** The models of the simulator, new ones for each trace. */
export function modelsEnd(seed: number): End {
  const random = seeded(seed);
  return (trace, prefix) => {
    const hex = (digits: number) =>
      Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join("");
    const nature: Nature = { now: () => Date.now(), hex, workMs: () => 0 };
    const place = { organization: "tenantry-local", gone: () => undefined };
    const s3 = tigrisModel(nature, place);
    const isLive = (bucket: string) => s3.tables.buckets.get(bucket)?.isDeleted === false;
    const models: Readonly<Record<Surface, VendorModel>> = {
      s3: s3.model,
      iam: iamModel(nature, isLive).model,
      turso: tursoModel(nature, place).model,
      fly: flyModel(nature, place).model,
    };
    const ids = new Ids();
    const answers = trace.map((call) => {
      const { surface, method, path, headers = {}, body = "" } = filled(call, ids);
      const answer = models[surface].answer({
        method,
        url: new URL(path, "https://vendor.invalid"),
        headers,
        body,
      });
      learnSnapshot(answer.headers["x-tigris-snapshot-version"], ids);
      return seenIn(answer.status, answer.body, ids, prefix);
    });
    return Promise.resolve(answers);
  };
}

/** The embedded cloud. */
export function cloudEnd({ descriptor: { tigris, turso, fly } }: TestCloud): End {
  const signer = new SignatureV4({
    credentials: tigris,
    region: "auto",
    service: "s3",
    sha256: Sha256,
    uriEscapePath: false,
  });
  const endpoints: Readonly<Record<Surface, string>> = {
    s3: tigris.endpoint,
    iam: tigris.iamEndpoint,
    turso: turso.endpoint,
    fly: fly.endpoint,
  };
  const send = async ({ surface, method, path, headers = {}, body = "" }: TracedCall) => {
    const url = new URL(path, endpoints[surface]);
    const given = body === "" ? {} : { body };
    if (surface === "turso" || surface === "fly") {
      const token = surface === "turso" ? turso.token : fly.token;
      const json = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      return fetch(url, { method, headers: { ...headers, ...json }, ...given });
    }
    const { protocol, hostname, host, pathname, searchParams } = url;
    const query = Object.fromEntries(searchParams);
    const signed = await signer.sign({
      method,
      protocol,
      hostname,
      path: pathname,
      query,
      headers: { ...headers, host },
      body,
    });
    return fetch(url, { method, headers: signed.headers, ...given });
  };
  return async (trace, prefix) => {
    const ids = new Ids();
    const answers: unknown[] = [];
    for (const call of trace) {
      const response = await send(filled(call, ids));
      learnSnapshot(response.headers.get("x-tigris-snapshot-version") ?? undefined, ids);
      answers.push(seenIn(response.status, await response.text(), ids, prefix));
    }
    return answers;
  };
}

/** Its version is in a header. */
function learnSnapshot(version: string | undefined, ids: Ids): void {
  if (version !== undefined) ids.learn("snapshot", version);
}

function filled(call: TracedCall, ids: Ids): TracedCall {
  return JSON.parse(ids.filled(JSON.stringify(call))) as TracedCall;
}
