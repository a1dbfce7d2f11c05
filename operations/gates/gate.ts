/** `REPORTED`: a figure without a threshold, as the owner's plan wants it. */
export type Verdict = "GO" | "NO-GO" | "NOT MEASURED" | "REPORTED";

/** One question of the owner's plan, and what would be a good answer. */
export interface Gate {
  /** Names it: `--only mount.ready`. */
  readonly id: string;
  /** Of the owner's plan: `1 server-side mount`. */
  readonly phase: string;
  readonly name: string;
  /** In one sentence. */
  readonly question: string;
  readonly unit: string;
  /** Undefined: it is reported only. */
  readonly threshold?: number;
  /** `below`: at most the threshold is good. */
  readonly good: "below" | "above";
  /** It is of another way to hold what a tenant has: nothing that is shipped depends on its verdict. Default: false. */
  readonly isAlternative?: boolean;
  /** What a run on the embedded cloud cannot tell. */
  readonly cannotTell: string;
}

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What was measured for one gate. */
export interface Measured {
  /** Undefined: it could not be measured; `why` says why. */
  readonly value?: number | undefined;
  readonly why?: string;
  /** Single figures behind the value. */
  readonly samples: readonly number[];
  /** How it was measured: sizes, rounds, users. */
  readonly how: string;
  readonly detail?: Table;
}

/** A gate with its answer, in the form that `tenantry report --gates` reads. */
export interface GateResult extends Omit<Gate, "threshold"> {
  readonly threshold: number | null;
  readonly value: number | null;
  readonly samples: readonly number[];
  readonly conditions: string;
  readonly verdict: Verdict;
  /** Why it was not measured. */
  readonly why?: string | undefined;
  readonly repeat: string;
  readonly detail?: Table | undefined;
}

/** The verdict on a figure. Pure. */
export function verdictOn({ threshold, good }: Pick<Gate, "threshold" | "good">, value: number | undefined): Verdict {
  if (value === undefined || Number.isNaN(value)) return "NOT MEASURED";
  if (threshold === undefined) return "REPORTED";
  return (good === "below" ? value <= threshold : value >= threshold) ? "GO" : "NO-GO";
}

/** A gate and what was measured of it, under these conditions. Pure. */
export function resultOf(
  { threshold, ...gate }: Gate,
  measured: Measured,
  conditions: string,
  repeat: string,
): GateResult {
  const { value, why, samples, how, detail } = measured;
  const verdict = verdictOn({ good: gate.good, ...(threshold === undefined ? {} : { threshold }) }, value);
  return {
    ...gate,
    threshold: threshold ?? null,
    value: verdict === "NOT MEASURED" || value === undefined ? null : rounded(value),
    samples: samples.map(rounded),
    conditions: how === "" ? conditions : `${how}; ${conditions}`,
    verdict,
    ...(verdict === "NOT MEASURED" ? { why: why ?? "no figure" } : {}),
    repeat,
    ...(detail === undefined ? {} : { detail }),
  };
}

/** Three digits say all that a busy computer can tell. */
export function rounded(figure: number): number {
  return figure === 0 ? 0 : Number(figure.toPrecision(3));
}
