import type { Difference } from "../fidelity.ts";

/** What the embedded Turso does as Turso does it, other than its documents say. */
export const fidelity: readonly Difference[] = [
  {
    id: "1",
    now: "`size_limit` is dropped at creation and refused afterwards, with all that comes in the same PATCH (`turso.sizeLimit`).",
    tests: [
      {
        file: "provider/turso/database.test.ts",
        title: "is suspended, unprotected and put right all the same while its limit is refused",
      },
      {
        file: "provider/turso/database.test.ts",
        title: "is set up as declared, and then says that it can't have one, where Turso drops it",
      },
    ],
    commit: "Declare no size limit at Turso unless a tenant file asks for one",
  },
];
