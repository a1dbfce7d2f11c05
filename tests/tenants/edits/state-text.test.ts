import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { parse } from "yaml";

import { resumedText, withState } from "../../../tenants/edits/state-text.ts";

const texts: Readonly<Record<string, string>> = {
  "no state": "owner: a@b.example # us\n# the end\n",
  "no line end": "owner: a@b.example",
  "a state with its comment": "owner: a@b.example\nstate: active # since May\nplan: standard\n",
  "a state in quotes": 'state: "active"\nowner: a@b.example\n',
  "a state on a line of its own": "state:\n  active\nowner: a@b.example\n",
  flow: "{ owner: a@b.example, state: active } # us\n",
  "document end": "owner: a@b.example # us\n...\n",
};
const anyReason = fc.oneof(
  fc.constantFrom("invoice: #4711", "- a", "true", "2027-01-31", "'quoted'", '"', "a # b", "x ".repeat(90).trim()),
  fc.string({ unit: "grapheme-ascii", minLength: 3, maxLength: 200 }).filter((text) => text.trim() === text),
);

describe("the state of a tenant file", () => {
  it.each(Object.entries(texts))("is changed with its reason and back, and all else stays: %s", (_, text) => {
    const comments = (of: string) => of.match(/#[^\n]*/g);
    const suspended = withState(text, "suspended", "invoice 4711");
    expect(parse(suspended)).toEqual({ ...(parse(text) as object), state: "suspended", reason: "invoice 4711" });
    expect(comments(suspended)).toEqual(comments(text));
    const other = withState(suspended, "suspended", "another one");
    expect(parse(other)).toMatchObject({ state: "suspended", reason: "another one" });
    const active = resumedText(other);
    expect(parse(active)).toEqual({ ...(parse(text) as object), state: "active" });
    expect(comments(active)).toEqual(comments(text));
    expect(resumedText(active)).toBe(active);
  });

  it("has the reason that was given, whatever YAML would make of it", () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(texts)), anyReason, (text, reason) => {
        expect(parse(withState(text, "suspended", reason))).toMatchObject({ state: "suspended", reason });
      }),
    );
  });
});
