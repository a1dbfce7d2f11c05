import { describe, expect, it } from "@jest/globals";
import { createClient } from "@libsql/client";
import fc from "fast-check";

import { excerpt, type Fragment, highlight } from "../../../container/app/index/highlight.ts";
import { parseSearchQuery } from "../../../container/app/index/search-query.ts";
import { tokensOf } from "../../../container/app/index/tokens.ts";

const terms = (typed: string) => parseSearchQuery(typed)?.terms ?? [];
const joined = (fragments: readonly Fragment[]) => fragments.map(({ text }) => text).join("");
const shown = (fragments: readonly Fragment[]) =>
  fragments.map(({ text, match }) => (match ? `[${text}]` : text)).join("");

describe("a search query", () => {
  it.each([
    ["red fox", '"red" "fox"'],
    ["fo*", '"fo"*'],
    ['"red fox" x', '"red fox" "x"'],
    ["a:b OR -c", '"a:b" "OR" "-c"'],
    ['open "quote', '"open" "quote"'],
    ["-- ! fox", '"fox"'],
  ])("%s is asked as %s", (typed, expression) => {
    expect(parseSearchQuery(typed)?.expression).toBe(expression);
  });

  it("without a word asks nothing", () => {
    expect(["", " ", '"', "*", "--", '"" !'].map(parseSearchQuery)).toEqual(Array(6).fill(undefined));
  });

  it("is one that FTS5 understands, whatever is typed", async () => {
    const client = createClient({ url: ":memory:" });
    await client.execute("CREATE VIRTUAL TABLE t USING fts5(text)");
    const typed = fc.oneof(fc.string(), fc.stringMatching(/^[ab "*()\-:^{}+'ANDORT\0]*$/));
    await fc.assert(
      fc.asyncProperty(typed, async (text) => {
        const query = parseSearchQuery(text);
        if (query === undefined) return;
        const { rows } = await client.execute({ sql: "SELECT * FROM t WHERE t MATCH ?", args: [query.expression] });
        expect(rows).toEqual([]);
      }),
    );
    client.close();
  });
});

describe("the words of a text", () => {
  it("are those that FTS5 finds", async () => {
    const client = createClient({ url: ":memory:" });
    await client.execute("CREATE VIRTUAL TABLE t USING fts5(text, tokenize = 'unicode61 remove_diacritics 2')");
    const texts = [
      "Crème brûlée, naïve façade",
      "snake_case kebab-case a.b",
      "x86_64 3.14 №5",
      "Ünïcode ÄÖÜ ß",
      "日本語 テスト",
      "don't 🦔 stop",
    ];
    for (const text of texts) {
      await client.execute({ sql: "INSERT INTO t VALUES (?)", args: [text] });
      for (const { word } of tokensOf(text)) {
        const { rows } = await client.execute({ sql: "SELECT text FROM t WHERE t MATCH ?", args: [`"${word}"`] });
        expect([word, rows.map((row) => row["text"])]).toEqual([word, expect.arrayContaining([text])]);
      }
    }
    client.close();
  });
});

describe("a highlight", () => {
  it("marks words, beginnings and phrases, whatever their case and accents", () => {
    expect(shown(highlight("The Café, the cafeteria", terms("cafe")))).toBe("The [Café], the cafeteria");
    expect(shown(highlight("The Café, the cafeteria", terms("caf*")))).toBe("The [Café], the [cafeteria]");
    expect(shown(highlight("red fox, fox red, red  fox", terms('"red fox"')))).toBe("[red fox], fox red, [red  fox]");
  });

  it("leaves the text as it is", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ab é<>\n🦔]*$/u), (text) => {
        expect(joined(highlight(text, terms("a b* é")))).toBe(text);
      }),
    );
  });
});

describe("an excerpt", () => {
  const beyond = { before: false, after: false };
  const words = Array.from({ length: 60 }, (_, n) => `w${n}`).join(" ");

  it("shows some words around the first match", () => {
    expect(shown(excerpt(words, terms("w30"), beyond))).toBe(
      `…${words.slice(words.indexOf("w24"), words.indexOf("w30"))}[w30]${words.slice(words.indexOf(" w31"), words.indexOf(" w48"))}…`,
    );
  });

  it("shows the beginning where there is no match, and a short text as a whole", () => {
    expect(shown(excerpt(words, terms("absent"), beyond))).toBe(`${words.slice(0, words.indexOf(" w24"))}…`);
    expect(shown(excerpt("one two", terms("two"), beyond))).toBe("one [two]");
    expect(shown(excerpt("", terms("two"), beyond))).toBe("");
  });

  it("says that it is part of a longer text", () => {
    expect(shown(excerpt("one two", terms("two"), { before: true, after: true }))).toBe("…one [two]…");
  });
});
