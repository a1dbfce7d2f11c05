import * as z from "zod";

import { BUILT_IN } from "./built-in.ts";
import { duration } from "./duration.ts";
import { field, wholeNumber } from "./field.ts";

/**
 * Maximum age of credentials. The first `up` after that replaces them: new credential, healthy machine, then the old one is
 * deleted.
 */
export const rotation = z.strictObject({
  keys: field(duration("1d", "366d", "90d or 2w"), {
    description: "Age at which bucket keys are replaced, without downtime.",
    default: BUILT_IN.rotation.keys,
  }),
  tokens: field(duration("1d", "366d", "90d or 2w"), {
    description: "Age at which database tokens are replaced, without downtime.",
    default: BUILT_IN.rotation.tokens,
  }),
  epoch: field(wholeNumber(1, 1_000_000), {
    description:
      "Raise it by one in an incident: every key and token of the tenant is revoked and replaced, with a short downtime.",
    default: BUILT_IN.rotation.epoch,
  }),
});
