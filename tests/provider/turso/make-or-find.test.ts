import { describe, expect, it } from "@jest/globals";

import { VendorError } from "../../../provider/http/vendor-error.ts";
import { makeOrFind } from "../../../provider/turso/make-or-find.ts";

const TAKEN = answer(400, "database with same name already exists");
const NEVER = new AbortController().signal;

function answer(status: number, said: string): VendorError {
  return new VendorError("Turso", { status, body: { error: said }, said, clocks: undefined }, {});
}

/** Makes fail with `error`, and what has the name is to be seen from this look on. */
async function attempt(error: VendorError, seenFrom: number): Promise<{ outcome: unknown; makes: number }> {
  let makes = 0;
  const make = () => {
    makes += 1;
    return Promise.reject(error);
  };
  const find = () => Promise.resolve(makes < seenFrom ? undefined : "the copy");
  const outcome = await makeOrFind({ make, find }, NEVER, 1).catch((failure: unknown) => failure);
  return { outcome, makes };
}

describe("something whose name can exist only once", () => {
  it("is waited for where the name is taken by an earlier try that takes long", async () => {
    expect(await attempt(TAKEN, 7)).toEqual({ outcome: { found: "the copy" }, makes: 7 });
  });

  it.each([
    ["the name is taken, by what is never to be seen", TAKEN, 7],
    ["no answer tells whether it was made", answer(503, "unavailable"), 4],
    ["it is refused", answer(400, "group not found"), 1],
  ])("is given up in the vendor's own words where %s", async (_, error, makes) => {
    expect(await attempt(error, Infinity)).toEqual({ outcome: error, makes });
  });
});
