import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { wordsOf } from "../../../../local/fly/machines/words.ts";

describe("the command of an exec", () => {
  it.each<[string, string[]]>([
    ["", []],
    ["ls -l  /data", ["ls", "-l", "/data"]],
    ["sh -c 'echo a; echo b'", ["sh", "-c", "echo a; echo b"]],
    [`sh -c "echo \\"a b\\" $HOME"`, ["sh", "-c", `echo "a b" $HOME`]],
    [`a\\ b c"d e"'f g'`, ["a b", "cd ef g"]],
    ["x ''", ["x", ""]],
  ])("%j is split as a shell splits it", (line, words) => {
    expect(wordsOf(line)).toEqual(words);
  });

  it("comes back as the words that were quoted", () => {
    const quoted = (word: string) => `'${word.replaceAll("'", `'"'"'`)}'`;
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        expect(wordsOf(words.map(quoted).join(" "))).toEqual(words);
      }),
    );
  });
});
