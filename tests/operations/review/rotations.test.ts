import { describe, expect, it } from "@jest/globals";

import type { Review } from "../../../operations/review/changes.ts";
import { shown } from "../../../output/shown.ts";
import { besidesRotations } from "../../../operations/review/rotations.ts";

type Change = Review["changed"][number]["changes"][number];

function change(kind: string, action: Change["action"], ...paths: string[]): Change {
  const settings = paths.map((path) => ({ path, before: shown("1"), after: shown("2") }));
  return { kind, urn: kind, name: "acme", id: "id", action, settings, unguarded: false };
}

/** What is in the way, as `kind action`. */
function inTheWay(...changes: Change[]): string[] {
  const found = { stack: "dev", changed: [{ tenant: "acme", changes }], unchanged: [], errors: [] };
  return besidesRotations(found as Review).map(({ change }) => `${change.kind} ${change.action}`);
}

const dueKey = change("access key", "rotate", "issued");
const secrets = change("secrets", "update", "values");
const machine = change("machine", "update", "secretsVersion");

describe("a plan of rotations by age", () => {
  it("holds due credentials and what follows from them", () => {
    expect(inTheWay(dueKey, change("database token", "rotate", "issued"), secrets, machine)).toEqual([]);
  });

  it("takes a token that has ended for a due one, but not that of a new database", () => {
    const token = change("database token", "create");
    expect(inTheWay(token, secrets, machine)).toEqual([]);
    expect(inTheWay(token, change("database", "create"))).toEqual(["database token create", "database create"]);
  });

  it("holds no raised epoch, and nothing that a file or somebody at a vendor changed", () => {
    expect(inTheWay(change("access key", "rotate", "epoch"))).toEqual(["access key rotate"]);
    expect(inTheWay(dueKey, change("machine", "update", "config.guest", "secretsVersion"))).toEqual(["machine update"]);
    expect(inTheWay(dueKey, change("secrets", "update", "values", "templates.DATABASE_URL"))).toEqual([
      "secrets update",
    ]);
    expect(inTheWay(dueKey, change("access key", "create"))).toEqual(["access key create"]);
  });

  it("needs a due credential for secrets and machine to follow from", () => {
    expect(inTheWay(secrets, machine)).toEqual(["secrets update", "machine update"]);
  });
});
