import { describe, expect, it } from "@jest/globals";

import { withEpoch } from "../../../tenants/edits/epoch-text.ts";

const cases: Readonly<Record<string, readonly [before: string, after: string]>> = {
  "a file without rotation": ["owner: a@b.example # us\n", "owner: a@b.example # us\nrotation: { epoch: 3 }\n"],
  "a last line without its end": ["owner: a@b.example", "owner: a@b.example\nrotation: { epoch: 3 }\n"],
  "an epoch in braces": [
    "rotation: { keys: 30d, epoch: 2 } # since May\nowner: a@b.example\n",
    "rotation: { keys: 30d, epoch: 3 } # since May\nowner: a@b.example\n",
  ],
  "braces without one": ["rotation: {keys: 30d}\n", "rotation: {epoch: 3, keys: 30d}\n"],
  "empty braces": ["rotation: {} # as usual\n", "rotation: { epoch: 3 } # as usual\n"],
  "an epoch on a line": [
    "rotation:\n  # raised in May\n  epoch: 2   # twice\n  keys: 30d\n",
    "rotation:\n  # raised in May\n  epoch: 3   # twice\n  keys: 30d\n",
  ],
  "lines without one": [
    "rotation: # short\n    # for keys\n    keys: 30d\n    tokens: 7d # and tokens\n\nowner: a@b.example\n",
    "rotation: # short\n    # for keys\n    epoch: 3\n    keys: 30d\n    tokens: 7d # and tokens\n\nowner: a@b.example\n",
  ],
};

describe("the epoch of a tenant file", () => {
  it.each(Object.entries(cases))("is written, and everything else stays: %s", (_, [before, after]) => {
    expect(withEpoch(before, 3)).toBe(after);
  });
});
