import type { Operation } from "./surface.ts";

/** How often an operation was called. */
export interface CallCount {
  readonly vendor: string;
  readonly operation: string;
  readonly mutating: boolean;
  readonly count: number;
}

/** Some calls that change something, at one vendor or at all. */
interface Awaited {
  readonly count: number;
  readonly vendor: string | undefined;
  readonly tell: () => void;
}

/** Counts the calls the embedded cloud has received since it started or since `clear`. */
export class CallLog {
  #awaited: readonly Awaited[] = [];
  readonly #counts = new Map<string, { vendor: string; operation: string; mutating: boolean; count: number }>();

  add(vendor: string, { name, mutating }: Operation): void {
    const key = `${vendor} ${name}`;
    const entry = this.#counts.get(key);
    if (entry === undefined) this.#counts.set(key, { vendor, operation: name, mutating, count: 1 });
    else entry.count += 1;
    if (mutating) this.#tellWhoWaits();
  }

  /** Resolves once `count` calls that change something have arrived, at this vendor or at all. It may never. */
  arrived(count: number, vendor?: string): Promise<void> {
    return new Promise((resolve) => {
      this.#awaited = [...this.#awaited, { count, vendor, tell: resolve }];
      this.#tellWhoWaits();
    });
  }

  #tellWhoWaits(): void {
    if (this.#awaited.length === 0) return;
    const counted = (at: string | undefined) =>
      [...this.#counts.values()].reduce(
        (sum, { vendor, mutating, count }) => (mutating && (at ?? vendor) === vendor ? sum + count : sum),
        0,
      );
    const here = this.#awaited.filter(({ count, vendor }) => counted(vendor) >= count);
    this.#awaited = this.#awaited.filter((each) => !here.includes(each));
    for (const { tell } of here) tell();
  }

  counts(): CallCount[] {
    return [...this.#counts.values()].map((entry) => ({ ...entry }));
  }

  clear(): void {
    this.#counts.clear();
  }
}
