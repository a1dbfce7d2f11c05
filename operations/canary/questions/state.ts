import type { Question } from "../question.ts";
import { making, type Room } from "../room.ts";
import { oneWinner } from "./race.ts";

/** The bucket of the stack's state. */
export const stateQuestions: readonly Question<Room>[] = [
  {
    id: "state.one-winner",
    asks: "Does exactly one of 50 concurrent conditional writes to one name in the state's bucket succeed?",
    how: "50 PutObject with If-None-Match: * at the same time, beside the state",
    means: {
      yes: "two deployments cannot both add to the history",
      no: "conditional writes are not reliable: the history of this stack may lose entries",
      other: "the state is not in a bucket, or the bucket did not answer",
    },
    async ask(room) {
      const { state, names } = room;
      if (state === undefined) return { reply: "other", said: "the state is not in a bucket" };
      const race = () => oneWinner((runner) => state.write(String(runner)));
      return making(room, { kind: "state object", name: names.name() }, race, false);
    },
  },
];
