import { describe, expect, it } from "@jest/globals";

import { sinceWhen } from "../../../operations/rollout/progress.ts";

const [DAWN, NOON, DUSK] = ["2027-01-10T06:00:00Z", "2027-01-10T12:00:00Z", "2027-01-10T18:00:00.000Z"];
const record = (...path: string[]) => ({
  change: [{ path, value: 2 }],
  begun: DAWN,
  rings: [{ name: "canary", begun: NOON, found: [], tenants: { acme: { before: [] } } }],
});
const SCHEMA = record("database", "schema", "version");

describe("since when an app runs with what a rollout brings", () => {
  it.each([
    ["its machine, of an image", record("machine", "image"), DAWN, DUSK, DAWN],
    ["the run that brought a schema, which restarts no machine", SCHEMA, DAWN, DUSK, DUSK],
    ["its machine, where that was started later", SCHEMA, DUSK, NOON, DUSK],
    ["its ring, where no run is known", SCHEMA, DAWN, undefined, NOON],
    ["nothing, where Fly does not tell", SCHEMA, undefined, DUSK, undefined],
  ])("is told by %s", (_, of, machine, run, expected) => {
    expect(sinceWhen(machine, of, "acme", run)).toBe(expected);
  });
});
