import type { Question } from "../question.ts";
import { making, type Room } from "../room.ts";
import { oneWinner } from "./race.ts";

/** The bucket in which the stack's state lies. */
export const stateQuestions: readonly Question<Room>[] = [
  {
    id: "state.one-winner",
    asks: "Of 50 conditional writes of one name in the state's bucket at once, does exactly one win?",
    how: "50 PutObject with If-None-Match: * at the same time, beside the state",
    means: {
      yes: "two deployments cannot both add to the history",
      no: "conditional writes do not hold: the history of this stack may lose entries",
      other: "the state does not lie in a bucket, or it could not be asked",
    },
    async ask(room) {
      const { state, names } = room;
      if (state === undefined) return { reply: "other", said: "the state does not lie in a bucket" };
      const race = () => oneWinner((runner) => state.write(String(runner)));
      return making(room, { kind: "state object", name: names.name() }, race, false);
    },
  },
];
