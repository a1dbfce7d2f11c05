import { stripVTControlCharacters } from "node:util";

import { describe, expect, it } from "@jest/globals";

import { stateWord } from "../../cli/status.ts";
import { result } from "../../operations/engine/deployment-events.ts";
import type { MachineStatus } from "../../operations/machines/machine-status.ts";
import { inColour, STATE_WORDS } from "../../output/state-words.ts";
import { state } from "../../tenants/model/lifecycle.ts";

const words = Object.keys(STATE_WORDS);

describe("the words for states", () => {
  it("hold every state that a tenant file can name, and every result of an `up`", () => {
    expect(words).toEqual(expect.arrayContaining([...state.options, ...result.options]));
  });

  it("are one word each, with one meaning each", () => {
    expect(words.filter((word) => !/^[a-z]+$/.test(word))).toEqual([]);
    const meanings = Object.values(STATE_WORDS).map(({ means }) => means);
    expect(new Set(meanings).size).toBe(meanings.length);
  });

  it("hold what `status` says of a machine in any state but Fly's own passing ones", () => {
    const machine = { checks: [], mount: null, runs: null, crashed: false } as unknown as MachineStatus;
    const said = ["started", "stopped", "suspended", "failed", "gone"].flatMap((flyState) =>
      [true, false].flatMap((crashed) =>
        ["active", "suspended"].map((declared) => stateWord({ ...machine, state: flyState, crashed }, declared)),
      ),
    );
    expect(words).toEqual(expect.arrayContaining([...new Set(said)]));
    expect(stateWord({ ...machine, state: "replacing" }, "active")).toBe("replacing");
  });

  it("stay as they are where there are no colours, and so does a vendor's own word", () => {
    for (const word of [...words, "replacing"]) expect(stripVTControlCharacters(inColour(word))).toBe(word);
  });
});
