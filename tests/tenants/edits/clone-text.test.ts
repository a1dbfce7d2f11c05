import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";

import { cloneText } from "../../../tenants/edits/clone-text.ts";

const MANIFEST = `manifest: { path: a/manifest.jsonl, sha256: ${"0f".repeat(32)} }`;

describe("the file of a clone", () => {
  it.each([
    ["owner: a@b.example\n", { owner: "a@b.example" }],
    ["owner: a@b.example\nstorage:\n", { owner: "a@b.example", storage: null }],
    ["{owner: a@b.example}", { owner: "a@b.example" }],
    ["owner: a@b.example\nstorage: { snapshots: true }\n", { owner: "a@b.example", storage: { snapshots: true } }],
  ])("is that of its original where there is nothing to leave out: %j", (text, said) => {
    expect(parse(cloneText(text, undefined))).toEqual(said);
  });

  it("has nothing of what is its original's own: keys, why and until when it is off or kept, what it has left elsewhere", () => {
    const text = [
      "# us",
      "owner: a@b.example",
      "access: [{ name: eve, mode: read-only }]",
      "state: offboarding",
      "reason: contract ended",
      MANIFEST,
      "purgeAfter: 2027-01-31",
      "expires: 2027-01-31",
      "storage: { snapshots: true, kept: { fly-volume: {} } }",
      "",
    ].join("\n");
    const cloned = cloneText(text, undefined);
    expect(parse(cloned)).toEqual({ owner: "a@b.example", storage: { snapshots: true } });
    expect(cloned).toContain("# us\n");
    expect(parse(cloneText(text, "2028-02-01"))).toMatchObject({ expires: "2028-02-01" });
  });
});
