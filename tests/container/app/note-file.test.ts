import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { noteDraft } from "../../../container/app/notes/note-draft.ts";
import { composeNoteFile, parseNoteFile } from "../../../container/app/notes/note-file.ts";
import { isNoteId, newNoteId } from "../../../container/app/notes/note-id.ts";

const TIMES = { created: "2026-01-02T03:04:05.000Z", updated: "2026-01-03T03:04:05.000Z" };
const parsed = (text: string) => parseNoteFile(Buffer.from(text), "fallback");

describe("a note's file", () => {
  const anything = fc.string({ unit: "binary", maxLength: 60 });
  const draft = fc
    .record({
      title: fc.oneof(
        anything,
        fc.constantFrom("null", "~", "- a", "a: b", "'", '"', "2024-01-01", "0x1", "&a", "*a", "!x"),
      ),
      text: fc.oneof(anything, fc.constantFrom("---\n", "---\na: b\n---\n", "\r\n", "\uFEFFx")),
      tags: fc.array(fc.constantFrom("a", "b/c", "1", "null", "ü"), { maxLength: 3 }),
    })
    .map((input) => noteDraft.safeParse(input))
    .filter(({ success }) => success);

  it("gives back every note that was accepted, exactly", () => {
    fc.assert(
      fc.property(draft, ({ data }) => {
        if (data === undefined) throw new Error("filtered");
        expect(parseNoteFile(composeNoteFile({ ...data, ...TIMES }), "")).toEqual({ ...data, ...TIMES });
      }),
    );
  });

  it("takes any bytes people may have put there, and lets them be replaced", () => {
    const pieces = [
      "---\n",
      "---",
      "title: x\n",
      "tags: &a [b]\nother: *a\n",
      "tags: [",
      "\r\n",
      "%YAML 1.2\n",
      "...\n",
      "a: a\na: b\n",
    ];
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((some) => Buffer.from(some.join(""))),
    );
    fc.assert(
      fc.property(bytes, (previous) => {
        const note = parseNoteFile(previous, "fallback");
        expect(note === undefined || note.title.length > 0).toBe(true);
        const written = { title: "new", text: "text", tags: ["t"], ...TIMES };
        expect(parseNoteFile(composeNoteFile(written, previous), "")).toEqual(written);
      }),
      { numRuns: 500 },
    );
  });

  it("without front matter is all text, and is called by its name", () => {
    expect(parsed("# Hello\n")).toEqual({
      title: "fallback",
      text: "# Hello\n",
      tags: [],
      created: undefined,
      updated: undefined,
    });
    expect(parsed("---\n- a list\n---\nx")).toMatchObject({ title: "fallback", text: "---\n- a list\n---\nx" });
  });

  it("with front matter that unfolds without end is read nevertheless", () => {
    const bomb = [
      "a: &a [x,x,x,x,x,x,x,x,x]",
      ..."bcdefg".split("").map((key, n) => `${key}: &${key} [${`*${"abcdef"[n]},`.repeat(9)}]`),
    ];
    expect(parsed(`---\n${bomb.join("\n")}\n---\ntext`)).toMatchObject({ title: "fallback", text: "text" });
  });
});

describe("a note's id", () => {
  it("is a plain file name, on Windows too, where some names are devices", () => {
    const devices = ["con", "prn", "aux", "nul", "com1", "com9", "lpt1"];
    const texts = fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9_.\-/]{1,70}$/), fc.constantFrom(...devices));
    fc.assert(
      fc.property(texts, (text) => {
        const isDevice = /^(con|prn|aux|nul|(com|lpt)\d)$/.test(text);
        expect(isNoteId(text)).toBe(!isDevice && /^[a-z0-9]([a-z0-9_-]{0,62}[a-z0-9])?$/.test(text));
      }),
    );
  });

  it("that the service makes is one, and sorts by time", () => {
    const ids = [0, 1, 1_800_000_000_000, 1_800_000_000_001].map((time) => newNoteId(new Date(time)));
    expect(ids.every(isNoteId)).toBe(true);
    expect([...ids].sort()).toEqual(ids);
  });
});
