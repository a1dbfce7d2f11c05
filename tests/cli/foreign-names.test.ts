import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";

import { tellPerson } from "../../cli/live.ts";
import { linesOf } from "../../cli/sync-verb.ts";
import { notCarried } from "../../operations/files/live/patient-rounds.ts";
import type { SyncEvent } from "../../operations/files/live/round.ts";
import type { PlannedSync } from "../../operations/files/sync/planned-sync.ts";
import { columnTable } from "../../output/columns.ts";
import { during } from "../../output/progress.ts";
import { printJsonLine } from "../../output/terminal.ts";

/** Names that others choose, which end a line, steer a terminal, turn what is read around or command a CI. */
const FOREIGN = [
  "a\nb",
  "a\r\nup: ok",
  "\u001b[2J\u001b[31mred",
  "\u202egpj.exe",
  "\n::error::gone",
  "##[error]x",
  "a\u0000b",
  "\u2028b",
];
const foreign = fc.oneof(fc.constantFrom(...FOREIGN), fc.string({ unit: "binary", minLength: 1, maxLength: 20 }));

/** What no printed line may hold. */
const STEERS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|^\s*::(?=[a-z])|##\[/iu;

function steering(lines: readonly string[]): string[] {
  return lines.filter((line) => STEERS.test(line));
}

describe("a name that somebody else chose", () => {
  let printed: string;
  beforeEach(() => {
    printed = "";
    jest.spyOn(process.stdout, "write").mockImplementation((text) => {
      printed += String(text);
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    process.exitCode = 0;
  });

  it("stays on its line in `pull` and `push`, wherever it is named", () => {
    fc.assert(
      fc.property(foreign, foreign, (path, reason) => {
        const skipped = new Map([[path, { reason }]]);
        const transfer = { path, as: path };
        const found = {
          plan: {
            ...{ created: [transfer], updated: [transfer], conflicts: [transfer], same: [] },
            ...{ gone: [path], kept: [path], deletedThere: [path], refused: [{ path, reason }] },
          },
          unsure: [`${path}?`],
          local: { ignored: [path], skipped },
          remote: { ignored: [], skipped },
        } as unknown as PlannedSync;
        const lines = linesOf(found, false);
        expect({ count: lines.length, steering: steering(lines) }).toEqual({ count: 9, steering: [] });
      }),
    );
  });

  it("stays on its line in `live`, whatever happens to it", () => {
    const events = ["pushed", "pulled", "deleted there", "deleted here", "conflict", "problem"] as const;
    fc.assert(
      fc.property(foreign, fc.constantFrom(...events), (path, what: SyncEvent["what"]) => {
        printed = "";
        tellPerson({ what, path, as: path, reason: path });
        const lines = printed.split("\n");
        expect({ lines: lines.length, steering: steering(lines) }).toEqual({ lines: 2, steering: [] });
      }),
    );
  });

  it("stays in its cell of a table, in a refusal and in a line of progress", async () => {
    for (const name of FOREIGN) {
      const table = columnTable([{ head: "name", of: (row: string) => row }], [name], Infinity).split("\n");
      let drawn = "";
      const stream = { isTTY: true, columns: 60, write: (text: string) => (drawn += text) };
      let now = 0;
      await during(
        "work",
        async (tell) => {
          tell(name);
          while (!drawn.includes("work")) await new Promise((resolve) => setTimeout(resolve, 20));
        },
        { stream, now: () => (now += 1000) },
      );
      const line = drawn.split("\u001b[K")[1] ?? "";
      expect(steering([...table, notCarried(name, name), line.replace(/\r$/, "")])).toEqual([]);
      expect(table).toHaveLength(2);
    }
  });

  it("is whole in JSON, one document a line, and steers nothing there either", () => {
    fc.assert(
      fc.property(foreign, (name) => {
        printed = "";
        printJsonLine({ name });
        expect(JSON.parse(printed)).toEqual({ name });
        expect(steering(printed.trimEnd().split("\n"))).toEqual([]);
      }),
    );
  });
});
