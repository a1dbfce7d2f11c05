import { describe, expect, it } from "@jest/globals";

import { ALWAYS_BLIND } from "../../../operations/drift/blind.ts";
import { unconfiguredTypes } from "../../../provider/types.ts";
import { TOKENS } from "../../../resource-kinds/tokens.ts";
import { DRIFT_SETTINGS } from "../../../resource-kinds/settings.ts";

/** What names a resource or stands beside it: under another name there is another resource, and that one is missing. */
const NAMES = [
  "tenant",
  "claim",
  "name",
  "app",
  "bucket",
  "purpose",
  "mode",
  "database",
  "dbId",
  "ingress",
  "deletable",
  "place",
];
const ROOTS: Readonly<Record<string, string>> = {
  Bucket: "bucket",
  AccessKey: "key",
  Database: "database",
  App: "app",
  IpAssignment: "addresses",
  Secrets: "secrets",
  Machine: "machine",
  Volume: "volume",
};
const OF_THE_STACK = ["Group.location", "Group.deleteProtection"];

describe("the aspects of drift", () => {
  it("are all that a resource type has: compared, or named as what cannot be seen", async () => {
    const blind = new Set(ALWAYS_BLIND.flatMap(({ of }) => of));
    const { type } = unconfiguredTypes();
    for (const token of TOKENS) {
      const { inputs } = await type(token);
      const short = token.split(":")[2] ?? "";
      const compared = DRIFT_SETTINGS[ROOTS[short] ?? ""] ?? [];
      const open = Object.keys(inputs.shape).filter(
        (name) =>
          !compared.includes(name) &&
          !NAMES.includes(name) &&
          !blind.has(`${short}.${name}`) &&
          !OF_THE_STACK.includes(`${short}.${name}`),
      );
      expect({ token, open }).toEqual({ token, open: [] });
    }
  });

  it("are called as the resource types call their inputs and outputs", async () => {
    const { type } = unconfiguredTypes();
    for (const token of TOKENS) {
      const { inputs, outputs } = await type(token);
      const root = ROOTS[token.split(":")[2] ?? ""];
      const known = [...Object.keys(inputs.shape), ...outputs];
      for (const setting of DRIFT_SETTINGS[root ?? ""] ?? [])
        expect([token, known]).toEqual([token, expect.arrayContaining([setting])]);
    }
  });

  it("say why they cannot be seen", () => {
    for (const { why } of ALWAYS_BLIND) expect(why).toMatch(/^[A-Z`].{20,}\.$/);
  });
});
