import type { MachineRecord } from "./record.ts";

/** Hears of every write of a machine; undefined: no more will come. */
export type Watcher = (machine: MachineRecord | undefined) => void;

/** Who wants to know when a machine changes. */
export class Watchers {
  readonly #byMachine = new Map<string, Set<Watcher>>();

  /** Answers how to stop watching. */
  add(machine: string, watcher: Watcher): () => void {
    const watchers = this.#byMachine.get(machine) ?? new Set();
    this.#byMachine.set(machine, watchers.add(watcher));
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0 && this.#byMachine.get(machine) === watchers) this.#byMachine.delete(machine);
    };
  }

  tell(id: string, machine: MachineRecord | undefined): void {
    for (const watcher of [...(this.#byMachine.get(id) ?? [])]) watcher(machine);
  }

  /** Tells everybody that no more will come. */
  dismiss(): void {
    for (const id of [...this.#byMachine.keys()]) this.tell(id, undefined);
  }
}
