import type { Host } from "./network.ts";
import type { VendorAnswer } from "./vendors/vendor.ts";

/** Makes what has no name of its own, and no look finds again: two of them are two. */
const isNameless = (operation: string) =>
  ["CreateAccessKeyWithBucketsRole", "POST /v1/apps/{app}/volumes", "POST /v1/apps/{app}/ip_assignments"].includes(
    operation,
  );
const isOfRoom = (operation: string) => /^POST \/v1\/apps\/\{app\}\/(?:machines|volumes)$/.test(operation);
const isLaggingList = (operation: string) => /^GET \/v1\/apps\/\{app\}\/(?:machines|volumes)$/.test(operation);
const isNotOfVolumes = (operation: string) => operation !== "POST /v1/apps/{app}/volumes";
const isNamed = (operation: string) => !isNameless(operation);

/**
 * All but `well`, with the calls that can meet it. A second volume under the name of the first, which nobody asked for, is an
 * error that asks a person (FLY_VOLUME_DOUBLE): no network makes one here.
 */
const MET_BY = {
  lost: undefined,
  unanswered: undefined,
  "broken before": undefined,
  "broken after": undefined,
  delayed: isNotOfVolumes,
  doubled: isNamed,
  "429": undefined,
  "429 without Retry-After": undefined,
  "500 before": undefined,
  "500 after": undefined,
  "503 after": undefined,
  page: undefined,
  "page 502 after": undefined,
  "cut in half": undefined,
  "403": undefined,
  "no room": isOfRoom,
  "as of before": isLaggingList,
} as const;

const REFUSED = ["403", "403", "403"] as const;

/** What may become of a call. */
export type Fate = keyof typeof MET_BY | "well";

/** What may become of this call when it does not go well. */
export function fatesOf(operation: string): (keyof typeof MET_BY)[] {
  const all = Object.keys(MET_BY) as (keyof typeof MET_BY)[];
  // What is not told is not gone: the rule on which most hangs is tried most.
  return [...all, ...REFUSED].filter((fate) => MET_BY[fate]?.(operation) ?? true);
}

type Answered = Exclude<
  Fate,
  "well" | "lost" | "unanswered" | "broken before" | "broken after" | "delayed" | "doubled" | "as of before"
>;

interface Wording {
  /** The call takes effect first. */
  readonly isAfter: boolean;
  readonly answer: (real: VendorAnswer) => VendorAnswer;
}

const PAGE = "<!doctype html><html><body>Sign in</body></html>";

/** An answer that is not the vendor's usual one, in the vendor's form. */
export function inWordsOf(vendor: Host["vendor"], fate: Answered): Wording {
  const says = (status: number, said: string, headers: Readonly<Record<string, string>> = {}): VendorAnswer => ({
    ...wordedAs(vendor, status, said),
    headers: { ...wordedAs(vendor, status, said).headers, ...headers },
  });
  const page = (status: number): VendorAnswer => ({ status, headers: { "content-type": "text/html" }, body: PAGE });
  switch (fate) {
    case "429":
      return { isAfter: false, answer: () => says(429, "too many requests", { "retry-after": "2" }) };
    case "429 without Retry-After":
      return { isAfter: false, answer: () => says(429, "too many requests") };
    case "500 before":
      return { isAfter: false, answer: () => says(500, "internal error") };
    case "500 after":
      return { isAfter: true, answer: () => says(500, "internal error") };
    case "503 after":
      return { isAfter: true, answer: () => says(503, "unavailable") };
    case "page":
      return { isAfter: false, answer: () => page(200) };
    case "page 502 after":
      return { isAfter: true, answer: () => page(502) };
    case "403":
      return { isAfter: false, answer: () => says(403, "not authorized") };
    case "no room":
      return { isAfter: false, answer: () => says(422, "insufficient resources available to fulfill request") };
    case "cut in half":
      return { isAfter: true, answer: (real) => ({ ...real, body: real.body.slice(0, real.body.length / 2) }) };
  }
}

function wordedAs(vendor: Host["vendor"], status: number, said: string): VendorAnswer {
  const code = status === 403 ? "AccessDenied" : status === 429 ? "SlowDown" : "InternalError";
  const json = (body: object) => ({
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  switch (vendor) {
    case "tigris":
      return {
        status,
        headers: { "content-type": "application/xml" },
        body: `<Error><Code>${code}</Code><Message>${said}</Message></Error>`,
      };
    case "iam":
      return json({ Code: code, Message: said });
    default:
      return json({ error: said });
  }
}
