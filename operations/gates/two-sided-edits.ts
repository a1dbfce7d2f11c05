/** One side of a file that two people edit: how somebody there replaces what he sees. */
export interface Side {
  readonly name: string;
  /**
   * Writes the text over what is seen at the path, and over nothing else. Answers what was seen ("": nothing), or undefined
   * when something else has come in between and nothing was written.
   */
  replace(path: string, text: string): Promise<string | undefined>;
}

/** People on both sides who each replace what they see by a text of their own. */
export interface Edits {
  /** Texts that nobody has replaced knowingly: all of them have to be somewhere in the end. */
  readonly current: ReadonlySet<string>;
  /** One more edit, of a path and on a side that follow from the seed. */
  edit(): Promise<void>;
}

/** @param random a whole number from 0 up to, and without, its argument */
export function twoSidedEdits(
  sides: readonly [Side, Side],
  paths: readonly string[],
  random: (below: number) => number,
): Edits {
  const current = new Set<string>();
  let count = 0;
  return {
    current,
    async edit() {
      const side = sides[random(2)] ?? sides[0];
      const text = `${side.name} ${(count += 1)}.`;
      const seen = await side.replace(paths[random(paths.length)] ?? "", text);
      if (seen === undefined) return;
      // What was seen may be a file with a text in it.
      for (const each of current) if (seen.includes(each)) current.delete(each);
      current.add(text);
    },
  };
}

/** The current texts that are in none of these files. Pure. */
export function lostIn(current: ReadonlySet<string>, files: readonly string[]): string[] {
  return [...current].filter((text) => !files.some((file) => file.includes(text)));
}
