/** `other`: neither a clear yes nor a clear no, or the vendor could not be asked. */
export type Reply = "yes" | "no" | "other";

/** The answer of a vendor to a question. */
export interface Answer {
  readonly reply: Reply;
  /** The vendor's answer, in a few words. No secret. */
  readonly said: string;
  /** Milliseconds, if the question asks how long something takes. */
  readonly ms?: number;
}

/** A question that a vendor's documents leave open and that only a real account answers. */
export interface Question<Place> {
  /** Names the line: `tigris.taken-policy-name`. */
  readonly id: string;
  /** A yes-or-no question. */
  readonly asks: string;
  /** The calls that answer it. */
  readonly how: string;
  /** What each answer means for tenantry. */
  readonly means: Readonly<Record<Reply, string>>;
  /** The switch of the embedded cloud that inverts the vendor's answer. */
  readonly switch?: string;
  ask(place: Place): Promise<Answer>;
}

/** A question that no program can answer alone, and how a person answers it. */
export interface ByHand {
  readonly id: string;
  readonly asks: string;
  readonly how: string;
}

/** A yes or a no with the vendor's words. */
export function yesIf(isSo: boolean, said: string, ms?: number): Answer {
  return { reply: isSo ? "yes" : "no", said, ...(ms === undefined ? {} : { ms }) };
}

/** Yes for one status, no for another, other for all the rest. */
export function byStatus({ status, said }: { status: number; said: string }, yes: number[], no: number[]): Answer {
  return { reply: yes.includes(status) ? "yes" : no.includes(status) ? "no" : "other", said };
}
