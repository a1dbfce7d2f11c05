import type { Seen } from "./attempt.ts";
import type { Kind } from "./party.ts";

/** One attempt that did not end as it must. No secret. */
export interface Case {
  readonly attacker: string;
  readonly target: string;
  readonly seen: Seen;
  /** What the vendor said, in a few words. */
  readonly said: string;
}

/** One kind of attempt with one kind of credential, over all pairs of tenants. */
export interface Row {
  readonly id: string;
  readonly who: Kind;
  readonly what: string;
  readonly expected: "refused" | "allowed";
  readonly attempts: number;
  readonly seen: Readonly<Record<Seen, number>>;
  /** Those that did not end as they must, ten at most. */
  readonly cases: readonly Case[];
}

/** What a run of `verify` found. It can be shown to anybody. */
export interface VerifyReport {
  readonly stack: string;
  readonly cloud: "embedded" | "real";
  readonly began: string;
  readonly seconds: number;
  readonly seed: string;
  readonly tenants: readonly string[];
  /** Tenants that were left out, and why. */
  readonly leftOut: readonly { readonly tenant: string; readonly why: string }[];
  /** Tenants from inside whose machines nothing was tried, and why; absent: none. */
  readonly outsideOnly?: readonly { readonly tenant: string; readonly why: string }[];
  readonly pairs: number;
  readonly attempts: number;
  /** Attempts that got through although they must not. */
  readonly through: number;
  /** Attempts that tell nothing: no clear answer, or a credential that does not even open its own. */
  readonly unclear: number;
  readonly rows: readonly Row[];
  /** What the run made and could not take away. */
  readonly left: readonly string[];
  /** Against the last run of this stack on this computer; absent at the first. */
  readonly difference?: Difference;
}

export interface Difference {
  readonly since: string;
  /** Rows that ended otherwise than last time, were not there, or are not any more. */
  readonly changed: readonly {
    readonly id: string;
    readonly who: Kind;
    readonly before: string;
    readonly now: string;
  }[];
}

/** How a row ended, in a word. */
export function endOf({ expected, seen }: Pick<Row, "expected" | "seen">): "as expected" | "got through" | "unclear" {
  if (expected === "refused" && seen.allowed > 0) return "got through";
  const other = expected === "refused" ? "allowed" : "refused";
  return seen.unclear > 0 || seen[other] > 0 ? "unclear" : "as expected";
}

/** The rows that ended otherwise than in an earlier run. Pure. */
export function differenceFrom(earlier: Pick<VerifyReport, "began" | "rows">, rows: readonly Row[]): Difference {
  const keyOf = ({ id, who }: Pick<Row, "id" | "who">) => `${id} ${who}`;
  const [before, now] = [earlier.rows, rows].map((list) => new Map(list.map((row) => [keyOf(row), row])));
  const changed = [...new Set([...(before?.keys() ?? []), ...(now?.keys() ?? [])])].flatMap((key) => {
    const [then, today] = [before?.get(key), now?.get(key)];
    const [was, is] = [then, today].map((row) => (row === undefined ? "not tried" : endOf(row)));
    const of = today ?? then;
    return was === is || of === undefined ? [] : [{ id: of.id, who: of.who, before: was ?? "", now: is ?? "" }];
  });
  return { since: earlier.began, changed };
}
