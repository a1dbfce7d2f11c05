import * as z from "zod";

import type { Table } from "./store.ts";

/** What a switch may be set to. */
export type SwitchValue = boolean | number | string;

/**
 * One way in which a vendor may differ from what the embedded cloud does by default: its documents are silent or
 * contradict themselves, or it does so now and then. Tests set it both ways.
 */
export interface Switch<Value extends SwitchValue = SwitchValue> {
  readonly schema: z.ZodType<Value>;
  /** Until somebody sets it. */
  readonly preset: Value;
  /** The value that is harder on the vendor's clients: what it has on a bad day. */
  readonly awkward: Value;
  /** What the vendor does when it is on: a sentence. */
  readonly does: string;
  /** Where that is known from. */
  readonly source: string;
  /** A step of a tenant's life must fail while it is on, so `switches/all` leaves it at its default. */
  readonly fatal?: true;
  /** Tenants are not isolated while it is on, so that checks for isolation can prove that they find it. `switches/all` leaves it off. */
  readonly breach?: true;
}

/** The switches of one vendor by name: `local/<vendor>/switches.ts` exports them as `switches`. */
export type Switches = Readonly<Record<string, Switch>>;

type About<Value extends SwitchValue> = Pick<Switch, "does" | "source" | "fatal" | "breach"> &
  Partial<Pick<Switch<Value>, "preset">>;

/** A switch that is on or off, off by default. */
export function flag({ preset = false, ...about }: About<boolean>): Switch<boolean> {
  return { schema: z.boolean(), preset, awkward: !preset, ...about };
}

/** A switch that is a time in milliseconds, or a count: 0 by default, which is off. */
export function amount({ preset = 0, ...about }: About<number> & { readonly awkward: number }): Switch<number> {
  return { schema: z.int().min(0), preset, ...about };
}

/** A switch with names for its positions. */
export function choice<const Word extends string>(
  words: readonly [Word, ...Word[]],
  about: About<NoInfer<Word>> & Pick<Switch<NoInfer<Word>>, "preset"> & { readonly awkward: NoInfer<Word> },
): Switch<Word> {
  return { schema: z.enum(words), ...about };
}

/** How a vendor reads its switches; each read gives the value of that moment. */
export interface SwitchBoard<Declared extends Switches> {
  read<Name extends keyof Declared & string>(name: Name): Declared[Name]["preset"];
}

/** A switch as the admin address shows it. `name` is `<vendor>.<switch>`. */
export interface SwitchState extends Omit<Switch, "schema"> {
  readonly name: string;
  readonly value: SwitchValue;
}

/** The switches of all running vendors. They survive a restart, because they are in the vendor's store. */
export class SwitchBoards {
  readonly #all = new Map<string, Held>();

  /** Takes a vendor's switches in. */
  open<Declared extends Switches>(
    vendor: string,
    declared: Declared,
    table: Table<SwitchValue>,
  ): SwitchBoard<Declared> {
    for (const [key, each] of Object.entries(declared)) {
      this.#all.set(`${vendor}.${key}`, { declared: each, table, key, value: stored(each, table.get(key)) });
    }
    return { read: (name) => this.#value(`${vendor}.${name}`) };
  }

  states(): SwitchState[] {
    return [...this.#all].map(([name, { declared }]) => {
      const { schema: _, ...rest } = declared;
      return { name, value: this.#value(name), ...rest };
    });
  }

  /** Sets switches by their full names, all or none. Answers what is wrong; undefined when they are set. */
  set(values: Readonly<Record<string, unknown>>): string | undefined {
    const known = Object.entries(values).map(([name, value]) => ({ name, value, found: this.#all.get(name) }));
    for (const { name, value, found } of known) {
      if (found === undefined) return `there is no switch ${name}; there are ${[...this.#all.keys()].join(", ")}`;
      const parsed = found.declared.schema.safeParse(value);
      if (!parsed.success) return `${name}: ${z.prettifyError(parsed.error)}`;
    }
    for (const { value, found } of known) if (found !== undefined) put(found, value as SwitchValue);
    return undefined;
  }

  /**
   * Sets every switch of every vendor to its awkward value, except those with which a life cannot end well or tenants are
   * not kept apart: a bad day.
   */
  setAll(): void {
    for (const held of this.#all.values()) {
      const { fatal, breach, awkward } = held.declared;
      if (fatal !== true && breach !== true) put(held, awkward);
    }
  }

  /** Brings every switch back to its default. */
  reset(): void {
    for (const held of this.#all.values()) {
      held.table.remove(held.key);
      held.value = held.declared.preset;
    }
  }

  /** The value of a switch by its full name; undefined: there is no such switch. */
  valueOf(name: string): SwitchValue | undefined {
    return this.#all.has(name) ? this.#value(name) : undefined;
  }

  #value(name: string): SwitchValue {
    const found = this.#all.get(name);
    if (found === undefined) throw new Error(`no switch ${name}`);
    return found.value;
  }
}

/** `value` is what lies in the table: every call of a vendor's asks for several switches, and only this process sets them. */
interface Held {
  readonly declared: Switch;
  readonly table: Table<SwitchValue>;
  readonly key: string;
  value: SwitchValue;
}

function stored({ schema, preset }: Switch, value: SwitchValue | undefined): SwitchValue {
  return schema.safeParse(value).data ?? preset;
}

function put(held: Held, value: SwitchValue): void {
  held.table.put(held.key, value);
  held.value = stored(held.declared, value);
}
