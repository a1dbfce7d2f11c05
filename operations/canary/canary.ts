import { shownWords } from "../../output/shown.ts";
import type { Accounts } from "../../stack/accounts.ts";
import type { StackContext } from "../../stack/context.ts";
import { byHand } from "./by-hand.ts";
import { whyNotAsked } from "./caller.ts";
import { canaryLedger } from "./canary-ledger.ts";
import { canaryNames, idOf } from "./names.ts";
import type { Answer, ByHand, Question, Reply } from "./question.ts";
import { flyApps } from "./questions/fly-apps.ts";
import { flyMachines } from "./questions/fly-machines.ts";
import { flyPlace } from "./questions/fly-place.ts";
import { stateQuestions } from "./questions/state.ts";
import { tigrisBuckets } from "./questions/tigris-buckets.ts";
import { tigrisPlace } from "./questions/tigris-place.ts";
import { tigrisPolicies } from "./questions/tigris-policies.ts";
import { tursoQuestions } from "./questions/turso.ts";
import { tursoPlace } from "./questions/turso-place.ts";
import { type Left, removal } from "./removal.ts";
import { remains } from "./remains.ts";
import { openRoom, type Room, type RoomParts, type Thing } from "./room.ts";
import { stateBucket } from "./state-bucket.ts";
import { measureRoundTrips, type Pace, paces } from "./paces.ts";

/** One question with its answer. */
export interface Line extends Answer {
  readonly id: string;
  readonly asks: string;
  readonly how: string;
  /** What the answer means for tenantry. */
  readonly means: string;
}

/** The result of a canary. It contains no secret. */
export interface CanaryReport {
  readonly stack: string;
  readonly cloud: "embedded" | "real";
  readonly canary: string;
  readonly began: string;
  readonly seconds: number;
  /** The canary was stopped: some questions were not asked. */
  readonly interrupted: boolean;
  readonly paces: readonly Pace[];
  readonly lines: readonly Line[];
  readonly byHand: readonly ByHand[];
  readonly removed: readonly Thing[];
  /** Remains of earlier canaries that were killed. */
  readonly foundAndRemoved: readonly Thing[];
  readonly left: readonly Left[];
}

export interface CanaryParts {
  readonly context: StackContext;
  readonly accounts: Accounts;
  /** Aborted: the canary asks no further question, and still removes what it created. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
  readonly urlOf: Room["urlOf"];
  /** Called with each line when it is answered. */
  readonly tell?: (line: Line) => void;
  /** Selects questions by id; default: all. */
  readonly only?: (id: string) => boolean;
}

/** All questions, in the order in which they are printed. */
export const questions: readonly Pick<Question<never>, "id" | "asks" | "how" | "means" | "switch">[] = [
  ...tigrisPolicies,
  ...tigrisBuckets,
  ...tursoQuestions,
  ...flyApps,
  ...flyMachines,
  ...stateQuestions,
];

/** Creates a tenant without a file, asks the vendors, and removes it. Throws when a vendor does not answer at all. */
export async function canary(parts: CanaryParts): Promise<CanaryReport> {
  const { context, accounts, now, signal, urlOf } = parts;
  const { settings, stack, home } = context;
  const began = now();
  const names = canaryNames({ ...settings, stack }, began);
  const state = stateBucket(context, names);
  const common: Omit<RoomParts, "signal"> = { names, accounts, settings, state, urlOf };
  const room = openRoom({ ...common, signal });
  // Nothing interrupts the removal.
  const cleaning = openRoom({ ...common, signal: new AbortController().signal });
  const ledger = canaryLedger(home, now);

  const old = (await remains(cleaning)).filter(({ owner }) => ledger.isOver(idOf(owner)));
  const swept = await removal(cleaning, old);
  const isLeft = (id: string) => swept.left.some(({ name }) => name.includes(id));
  for (const id of ledger.cutOff()) if (!isLeft(id)) ledger.leave(id);
  ledger.enter(names.id);
  const asking = async () => {
    if (parts.only === undefined) await orInterrupted(room, measureRoundTrips(room));
    return answersIn(room, parts);
  };
  const { result: lines, cleaned } = await cleanedAfter(asking, async () => {
    const found = (await remains(cleaning)).filter(({ owner }) => idOf(owner) === names.id);
    return removal(cleaning, [...room.made, ...found]);
  });
  // A creation that was cut off may still take effect: then the next canary finds it.
  if (cleaned.left.length === 0 && !signal.aborted) ledger.leave(names.id);
  return {
    stack,
    cloud: settings.cloud,
    canary: names.id,
    began: began.toISOString(),
    seconds: Math.round((now().getTime() - began.getTime()) / 1000),
    interrupted: signal.aborted,
    paces: paces(room),
    lines,
    byHand,
    removed: cleaned.removed,
    foundAndRemoved: swept.removed,
    left: [...swept.left, ...cleaned.left].map((left) => ({ ...left, why: withoutSecrets(room, left.why) })),
  };
}

/** Ignores a failure that the interruption caused. */
async function orInterrupted({ signal }: Room, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Does the work and always cleans up. */
async function cleanedAfter<Result, Cleaned>(work: () => Promise<Result>, clean: () => Promise<Cleaned>) {
  const [outcome] = await Promise.allSettled([work()]);
  const cleaned = await clean();
  if (outcome.status === "rejected") throw outcome.reason;
  return { result: outcome.value, cleaned };
}

/** Asks each vendor its questions one by one, and all vendors concurrently. */
async function answersIn(room: Room, parts: CanaryParts): Promise<Line[]> {
  const found = new Map<string, Line>();
  const through = async <Place>(place: Place, list: readonly Question<Place>[]) => {
    for (const question of list) {
      if (room.signal.aborted) return;
      if (parts.only?.(question.id) === false) continue;
      const answer = await answered(room, question, place);
      if (answer === undefined) return;
      const { id, asks, how, means } = question;
      const line = { id, asks, how, ...answer, said: withoutSecrets(room, answer.said), means: means[answer.reply] };
      found.set(id, line);
      parts.tell?.(line);
    }
  };
  const outcomes = await Promise.allSettled([
    through(tigrisPlace(room), [...tigrisPolicies, ...tigrisBuckets]),
    through(tursoPlace(room), tursoQuestions),
    through(flyPlace(room), [...flyApps, ...flyMachines]),
    through(room, stateQuestions),
  ]);
  const fault = outcomes.find((outcome) => outcome.status === "rejected");
  if (fault !== undefined) throw fault.reason;
  return questions.flatMap(({ id }) => found.get(id) ?? []);
}

/** Undefined when the canary was interrupted. A question that cannot be asked gets the reply `other` and the reason. */
async function answered<Place>(room: Room, { ask }: Question<Place>, place: Place): Promise<Answer | undefined> {
  try {
    return await ask(place);
  } catch (error) {
    if (room.signal.aborted) return undefined;
    const why = whyNotAsked(error);
    if (why === undefined) throw error;
    return { reply: "other" satisfies Reply, said: why };
  }
}

/** Masks the credentials minted for the canary and everything else that looks like a secret. */
function withoutSecrets({ secrets }: Room, text: string): string {
  const masked = [...secrets].reduce((left, secret) => left.replaceAll(secret, "[secret]"), text);
  return shownWords(masked);
}
