import { counted } from "../../output/counted.ts";
import { quantile } from "../engine/quantile.ts";
import type { Measured } from "./gate.ts";
import { type Request, REQUESTS } from "./load.ts";

/** A request that was sent. Times in milliseconds of one clock. */
export interface Sending {
  readonly tenant: number;
  readonly request: Request;
  /** When it was to be sent. */
  readonly dueAt: number;
  readonly sentAt: number;
  readonly endedAt: number;
  readonly isAnswered: boolean;
}

/** A machine that was away, from the call that took it to the first answer of its app. */
export interface Outage {
  readonly tenant: number;
  readonly how: "stop" | "kill";
  readonly from: number;
  readonly to: number;
}

/** What a load came to. */
export interface LoadParts {
  readonly sendings: readonly Sending[];
  readonly outages: readonly Outage[];
  /** The differences from what was acknowledged, in words. */
  readonly lost: readonly string[];
  readonly notes: number;
  readonly s3Calls: number;
  readonly how: string;
}

/** Sent later than this after its time, a request says less about the app than about who sends. */
const LATE_MS = 100;
/** More of what is lost tells nothing. */
const NAMED = 5;

/**
 * What failed or was lost, without the requests that failed because their machine was away. Times count from when a request
 * was due, so that what waits for its turn is not left out. Pure.
 */
export function loadGate({ sendings, outages, lost, notes, s3Calls, how }: LoadParts): Measured {
  const failed = sendings.filter(({ isAnswered }) => !isAnswered);
  const met = new Set(sendings.filter((sending) => outages.some((outage) => meets(sending, outage))));
  const excused = failed.filter((sending) => met.has(sending));
  const late = sendings.filter(({ dueAt, sentAt }) => sentAt - dueAt > LATE_MS).length;
  const away = outages.map(({ how: end, from, to }) => `${((to - from) / 1000).toFixed(1)} s (${end})`).join(" and ");
  const said = [
    how,
    `${sendings.length} requests, ${late} sent more than ${LATE_MS} ms late`,
    `machines away for ${away}: ${excused.length} of ${counted(met.size, "request")} to them failed, the others waited`,
    `${notes} notes read back from app, bucket and database, ${lost.length} lost`,
    ...lost.slice(0, NAMED),
    `${(s3Calls / sendings.length).toFixed(1)} calls to S3 for each request, including those of the mounts' watches`,
  ].join("; ");
  const detail = {
    head: [
      "request",
      "sent",
      "failed",
      "failed while its machine was away",
      "p50 / p95 / p99 ms, its machine not away",
    ],
    rows: REQUESTS.map((request) => {
      const sent = sendings.filter((each) => each.request === request);
      const timed = sent.filter((each) => each.isAnswered && !met.has(each));
      const ms = timed.map(({ dueAt, endedAt }) => endedAt - dueAt);
      const times = [0.5, 0.95, 0.99].map((share) => quantile(ms, share).toFixed(0)).join(" / ");
      const [all, away] = [failed, excused].map((those) => those.filter((each) => each.request === request).length);
      return [request, sent.length, (all ?? 0) - (away ?? 0), away ?? 0, ms.length === 0 ? "" : times].map(String);
    }),
  };
  if (sendings.length === 0) return { why: "no request was sent", samples: [], how };
  return { value: failed.length - excused.length + lost.length, samples: [], how: said, detail };
}

function meets({ tenant, sentAt, endedAt }: Sending, outage: Outage): boolean {
  return tenant === outage.tenant && sentAt < outage.to && endedAt > outage.from;
}
