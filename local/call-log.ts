import type { Operation } from "./surface.ts";

/** How often an operation was called. */
export interface CallCount {
  readonly vendor: string;
  readonly operation: string;
  readonly mutating: boolean;
  readonly count: number;
}

/** Counts the calls the embedded cloud has received since it started or since `clear`. */
export class CallLog {
  readonly #counts = new Map<string, { vendor: string; operation: string; mutating: boolean; count: number }>();

  add(vendor: string, { name, mutating }: Operation): void {
    const key = `${vendor} ${name}`;
    const entry = this.#counts.get(key);
    if (entry === undefined) this.#counts.set(key, { vendor, operation: name, mutating, count: 1 });
    else entry.count += 1;
  }

  counts(): CallCount[] {
    return [...this.#counts.values()].map((entry) => ({ ...entry }));
  }

  clear(): void {
    this.#counts.clear();
  }
}
