import { describe, expect, it } from "@jest/globals";

import { linesOf } from "../../cli/restore.ts";
import { printable } from "../../output/printable.ts";

const EVIL = "evil\n::error::pwn\u001b[31m\u202e";

describe("what restore prints", () => {
  it("shows names of the app's files and tables escaped, so that none begins a line or colours one", () => {
    const found = {
      cut: { at: "2026-11-27T08:00:00.000Z", bucket: "b", version: "1", bytes: 1, database: null, fencedMs: 0 },
      files: { added: [EVIL], changed: [EVIL], gone: [EVIL], same: 0 },
      tables: { [EVIL]: { then: 1, now: null } },
      broughtFiles: 1,
      broughtBeside: 1,
      beside: "restored/",
      broughtRows: { [EVIL]: 1 },
      failed: {},
    };
    const lines = [false, true].flatMap((isDry) => linesOf("acme", found, isDry));
    expect(lines.filter((line) => line.includes("evil"))).toHaveLength(9);
    expect(lines.filter((line) => printable(line) !== line)).toEqual([]);
  });
});
