import { seeded } from "../../operations/engine/seeded.ts";

/** Choices that follow from a seed alone. */
export interface Chance {
  /** True with this probability. */
  is(probability: number): boolean;
  /** A whole number within these bounds. */
  between(bounds: { readonly least: number; readonly most: number }): number;
  of<Item>(...items: readonly Item[]): Item;
  hex(digits: number): string;
  /** In [0, 1). */
  number(): number;
}

export function chanceOf(seed: number): Chance {
  const number = seeded(seed);
  const between = ({ least, most }: { least: number; most: number }) =>
    least + Math.floor(number() * (most - least + 1));
  return {
    number,
    is: (probability) => number() < probability,
    between,
    of<Item>(...items: readonly Item[]): Item {
      if (items.length === 0) throw new Error("there is nothing to choose from");
      return items[between({ least: 0, most: items.length - 1 })] as Item;
    },
    hex: (digits) => Array.from({ length: digits }, () => Math.floor(number() * 16).toString(16)).join(""),
  };
}
