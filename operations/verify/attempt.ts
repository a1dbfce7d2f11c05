import type { S3Place } from "../../provider/tigris/addressing.ts";
import type { Credential, Kind, Party } from "./party.ts";

/** What a vendor did with an attempt. `unclear`: neither refused nor done, or no answer at all. */
export type Seen = "refused" | "allowed" | "unclear";

/** An HTTP request as data; the credential is put to it when it is sent. */
export interface Sent {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The URL is signed for this one and sent to `url`: a presigned URL that is used for something else. */
  readonly presignedFor?: string;
  /** The body is the statement of SQL that a WebSocket asks for, by the Hrana protocol. */
  readonly socket?: true;
  /** How long to wait for an answer, in milliseconds; default: 20 000. */
  readonly limitMs?: number;
}

export interface Answer {
  /** 0: there was none. */
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Where the vendors are, as tenants' credentials reach them. */
export interface Places {
  readonly s3: S3Place;
  readonly iam: string;
  /** Turso's platform API, below the organisation. */
  readonly turso: string;
  readonly fly: string;
  readonly flyOrganization: string;
  /** Only the embedded cloud has one. */
  readonly admin?: string;
}

/** A party with what was put there for this run, and nothing else of it is ever touched. */
export interface Target extends Party {
  /** Nobody else knows it: an attempt that sees it has read another tenant's data. */
  readonly secret: string;
  /** An upload in parts that was begun in its own bucket; undefined without a bucket. */
  readonly uploadId?: string | undefined;
}

/** One attempt: who, against whom, in which run. */
export interface Scene {
  readonly attacker: Target;
  readonly target: Target;
  readonly as: Credential | undefined;
  readonly places: Places;
  /** Lower case letters and digits; part of every name that the run makes. */
  readonly run: string;
  /** No other attempt that may run at the same time has it: part of the names of what is written. */
  readonly mark: string;
  /** The bucket that the next tenant would get, unique to attacker, credential and run. */
  readonly nextBucket: string;
}

/** A kind of attempt, as a row of a vendor's table. Each request does no harm where it is let through. */
export interface Attempt {
  /** Names the row: `tigris.read-file`. */
  readonly id: string;
  /** What is tried, in a few words. */
  readonly what: string;
  readonly by: readonly Kind[];
  /** `other`: once per pair of tenants; `own`: the tenant's own things; `account`: once per tenant, at the organisation. */
  readonly against: "other" | "own" | "account";
  readonly expected: "refused" | "allowed";
  /** It costs more than a request: each tenant tries it on one other only, whom the seed picks. */
  readonly once?: true;
  /** It changes nothing, so it is tried once more where its answer is unclear. */
  readonly repeatable?: true;
  /** Undefined where it does not apply: a tenant without a database. */
  request(scene: Scene): Sent | undefined;
  /** Default: 2xx is allowed, 401 and 403 are refused. */
  readonly seen?: (answer: Answer, scene: Scene) => Seen;
  /** What the answer said, for the report, where it is no answer of a vendor's about the attempt itself. */
  readonly said?: (answer: Answer) => string | undefined;
  /** Takes back what was let through. */
  readonly undo?: (scene: Scene, answer: Answer) => Sent | undefined;
}

/** By status alone; `passed` are further statuses that come only after the vendor has let the caller in. */
export function byStatus(...passed: readonly number[]): (answer: Answer) => Seen {
  return ({ status }) => {
    if (status === 401 || status === 403) return "refused";
    return (status >= 200 && status < 300) || passed.includes(status) ? "allowed" : "unclear";
  };
}

/** Of something that a vendor may hide instead of refusing it. */
export function hidden({ status }: Answer): Seen {
  return status === 404 ? "refused" : byStatus()({ status, text: "", headers: {} });
}

/** Allowed only if the answer shows the target's secret; every other answer keeps it. */
export function bySecret({ status, text }: Answer, { target }: Scene): Seen {
  if (text.includes(target.secret)) return "allowed";
  return status === 0 ? "unclear" : "refused";
}
