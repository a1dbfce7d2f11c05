import { parseDuration } from "../provider/rotation.ts";
import type { Policy } from "./policy.ts";

/** The oldest a credential may grow. */
const MOST = { keys: "180d", tokens: "90d" } as const;

/** Refuses keys and tokens that may grow older than the limit. */
export const rotationLimit: Policy = {
  name: "rotation-limit",
  demands: `Keys are rotated after ${MOST.keys} at the latest, tokens after ${MOST.tokens}: a leaked one stops working by then.`,
  check: ({ tenant: { rotation } }) =>
    (["keys", "tokens"] as const)
      .filter((what) => milliseconds(rotation[what]) > milliseconds(MOST[what]))
      .map((what) => ({
        message: `${what} are rotated every ${rotation[what]}; at most ${MOST[what]} are allowed`,
        path: ["rotation", what],
      })),
};

function milliseconds(duration: string): number {
  return parseDuration(duration) ?? Infinity;
}
