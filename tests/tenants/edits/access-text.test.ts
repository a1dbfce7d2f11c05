import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";

import { withAccess, withoutAccess } from "../../../tenants/edits/access-text.ts";

const eve = { name: "eve-laptop", mode: "read-only" } as const;
const alice = { name: "alice", mode: "read-write" };
const bob = { name: "bob", mode: "read-only" };

const texts = {
  none: "owner: a@b.example # us\n# the end\n",
  "no line end": "owner: a@b.example",
  "no value": "owner: a@b.example\naccess: # nobody yet\nplan: standard\n",
  empty: "access: [] # nobody yet\nowner: a@b.example\n",
  block:
    "owner: a@b.example\naccess:                    # keys for people\n  # first\n  - { name: alice, mode: read-write }   # her\n  - name: bob\n    mode: read-only # him\n\n# the machine\nmachine:\n  cpus: 1\n",
  "block at the margin":
    "access:\n- name: alice\n  mode: read-write\n- name: bob\n  mode: read-only\nowner: a@b.example\n",
  "block at the end": "access:\n  - mode: read-write\n    name: alice\n  - mode: read-only\n    name: bob",
  flow: "access: [{ name: alice, mode: read-write }, {name: bob, mode: read-only} ] # two\nowner: a@b.example\n",
};
const entriesOf = (text: string) => (parse(text) as { access?: unknown[] | null }).access ?? [];

describe("an entry of access", () => {
  it.each(Object.entries(texts))("is added behind the others, and every other line stays: %s", (_, text) => {
    const added = withAccess(text, eve);
    expect(entriesOf(added)).toEqual([...entriesOf(text), eve]);
    expect(parse(added)).toMatchObject({ ...(parse(text) as object), access: expect.anything() as unknown });
    const comments = (of: string) => of.match(/#.*/g);
    expect(comments(added)).toEqual(comments(text));
  });

  it.each(["block", "block at the margin", "block at the end", "flow"] as const)(
    "is taken out alone, first or last: %s",
    (form) => {
      const text = texts[form];
      expect([entriesOf(withoutAccess(text, "alice")), entriesOf(withoutAccess(text, "bob"))]).toEqual([
        [bob],
        [alice],
      ]);
      expect(withoutAccess(text, "nobody")).toBe(text);
    },
  );

  it.each(Object.entries(texts))("that is added and taken out leaves the text as it was: %s", (form, text) => {
    const back = withoutAccess(withAccess(text, eve), "eve-laptop");
    const isWithoutList = form === "no value" || form === "empty";
    expect(isWithoutList ? parse(back) : back.trimEnd()).toEqual(
      isWithoutList ? { ...(parse(text) as object), access: undefined } : text.trimEnd(),
    );
  });
});
