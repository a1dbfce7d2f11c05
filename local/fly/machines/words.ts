const WORD = /(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+/gs;
const PART = /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)|([^'"\\]+)/gs;

/**
 * A command line in words, quotes read as a shell reads them and nothing expanded: `sh -c 'a b'` is three. Fly does not
 * document how it splits the `cmd` of an exec; flyctl can send nothing else.
 */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(WORD)].map(([word]) =>
    [...word.matchAll(PART)]
      .map(
        ([, single, double, escaped, plain]) =>
          single ?? double?.replaceAll(/\\(["\\$`])/g, "$1") ?? escaped ?? plain ?? "",
      )
      .join(""),
  );
}
