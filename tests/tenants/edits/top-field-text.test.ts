import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { parse } from "yaml";

import { withField } from "../../../tenants/edits/top-field-text.ts";

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

describe("a field of one line", () => {
  it.each(Object.entries(texts))("is written, changed and taken out, and all else stays: %s", (_, text) => {
    const comments = (of: string) => of.match(/#[^\n]*/g);
    const suspended = withField(withField(text, "state", "suspended"), "reason", "invoice 4711");
    expect(parse(suspended)).toEqual({ ...(parse(text) as object), state: "suspended", reason: "invoice 4711" });
    expect(comments(suspended)).toEqual(comments(text));
    const other = withField(suspended, "reason", "another one");
    expect(parse(other)).toMatchObject({ state: "suspended", reason: "another one" });
    const active = withField(withField(other, "reason", undefined), "state", "active");
    expect(parse(active)).toEqual({ ...(parse(text) as object), state: "active" });
    expect(comments(active)).toEqual(comments(text));
    expect(withField(active, "expires", undefined)).toBe(active);
  });

  it("comes behind the state, and leaves the text as it was when it goes", () => {
    const text = "owner: a@b.example\nstate: suspended # since May\nplan: standard\n";
    const more = withField(text, "reason", "not paid");
    expect(more).toBe("owner: a@b.example\nstate: suspended # since May\nreason: not paid\nplan: standard\n");
    expect(withField(more, "reason", undefined)).toBe(text);
  });

  it("says what was given, whatever YAML would make of it", () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(texts)), anyReason, (text, reason) => {
        expect(parse(withField(text, "reason", reason))).toEqual({ ...(parse(text) as object), reason });
      }),
    );
  });
});
