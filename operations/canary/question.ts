/** `other`: neither a clear yes nor a clear no, or the vendor could not be asked. */
export type Reply = "yes" | "no" | "other";

/** What a vendor did when it was asked. */
export interface Answer {
  readonly reply: Reply;
  /** The vendor's answer, in a few words. No secret. */
  readonly said: string;
  /** Milliseconds, where the question is how long something takes. */
  readonly ms?: number;
}

/** Something that a vendor's documents leave open, and that only an account can tell. */
export interface Question<Place> {
  /** Names the line: `tigris.taken-policy-name`. */
  readonly id: string;
  /** The question, to be answered by yes or no. */
  readonly asks: string;
  /** How it is asked: the calls. */
  readonly how: string;
  /** What each answer means for tenantry. */
  readonly means: Readonly<Record<Reply, string>>;
  /** The switch of the embedded cloud that has the vendor answer the other way. */
  readonly switch?: string;
  ask(place: Place): Promise<Answer>;
}

/** A question that no program can answer alone, and how a person does. */
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
