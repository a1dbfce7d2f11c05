import { describe, expect, it } from "@jest/globals";

import { snapshotErrors } from "../../../operations/snapshots/errors.ts";
import { orTooOld } from "../../../operations/snapshots/too-old.ts";
import { VendorError } from "../../../provider/http/vendor-error.ts";

const CUT = { at: "2026-11-01T10:00:00.000Z" } as Parameters<typeof orTooOld>[0];

function answer(status: number, said: string): VendorError {
  return new VendorError("Turso", { status, body: { error: said }, said, clocks: undefined }, {});
}

describe("a refused copy of a database as of a cut", () => {
  it("is said to be too old where Turso answers 400", async () => {
    const refused = answer(400, "the timestamp is outside of the retention period of your plan");
    await expect(orTooOld(CUT, "acme", Promise.reject(refused))).rejects.toMatchObject({
      code: snapshotErrors.RESTORE_TOO_OLD.code,
    });
  });

  it.each([
    ["its name is taken", answer(400, "database with same name already exists")],
    ["Turso is not available", answer(503, "unavailable")],
  ])("is not where %s", async (_, refused) => {
    await expect(orTooOld(CUT, "acme", Promise.reject(refused))).rejects.toBe(refused);
  });
});
