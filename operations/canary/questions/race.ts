import type { Heard } from "../caller.ts";
import type { Answer } from "../question.ts";
import { tally } from "../tally.ts";

const RUNNERS = 50;

/** 50 concurrent writes of which only one may succeed. */
export async function oneWinner(write: (runner: number) => Promise<Pick<Heard, "status">>): Promise<Answer> {
  const answers = await Promise.all(Array.from({ length: RUNNERS }, (_, runner) => write(runner)));
  const counts = Map.groupBy(answers, ({ status }) => status);
  const winners = counts.get(200)?.length ?? 0;
  const losers = (counts.get(412)?.length ?? 0) + (counts.get(409)?.length ?? 0);
  const said = tally(answers.map(({ status }) => status));
  if (winners > 1) return { reply: "no", said };
  return { reply: winners === 1 && winners + losers === RUNNERS ? "yes" : "other", said };
}
