/** What /proc/PID/stat says of a process; processor time in ticks, a hundred a second. */
export interface Stat {
  readonly name: string;
  readonly parent: number;
  readonly ticks: number;
  /** Of children that have ended and were waited for, and of theirs. */
  readonly waitedTicks: number;
  /** When it began: with its number it names one process for good. */
  readonly started: number;
}

/** Linux shows processor time in this unit on every computer (USER_HZ). */
export const TICKS_A_SECOND = 100;

/** Parses /proc/PID/stat. The name is in brackets and may hold anything, brackets too. Pure. */
export function parseStat(text: string): Stat {
  const end = text.lastIndexOf(")");
  const fields = text.slice(end + 2).split(" ");
  const sum = (...places: number[]) => places.reduce((all, place) => all + Number(fields[place]), 0);
  return {
    name: text.slice(text.indexOf("(") + 1, end),
    parent: Number(fields[1]),
    ticks: sum(11, 12),
    waitedTicks: sum(13, 14),
    started: Number(fields[19]),
  };
}

/** Parses /proc/PID/status: what a process has in memory, and the most it ever had, in KiB; 0 for one that ends just now. Pure. */
export function parseMemory(text: string): { readonly nowKb: number; readonly mostKb: number } {
  const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1] ?? 0);
  return { nowKb: of("VmRSS"), mostKb: of("VmHWM") };
}

/** Parses /proc/stat: ticks in which any processor of this computer did something, or was taken away by its host. Pure. */
export function parseBusy(text: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] =
    /^cpu +(.*)$/m.exec(text)?.[1]?.split(" ").map(Number) ?? [];
  return user + nice + system + irq + softirq + steal;
}

/** What a process is for. */
export type Kind = "command line" | "engine" | "program" | "provider" | "script" | "embedded cloud" | "other";

const KINDS: readonly (readonly [pattern: RegExp, kind: Kind])[] = [
  [/\/cli\/main\.[jt]s/, "command line"],
  [/dynamic-provider|provider\/main\.[jt]s/, "provider"],
  [/\/cmd\/run(?:\/|\s|$)/, "program"],
  [/\/peers\/script/, "script"],
  [/^(?:\S*\/)?(?:pulumi|terraform)(?:\s|$)/, "engine"],
];

/** What a process is for, by its command line with spaces between the words. Pure. */
export function kindOf(command: string): Kind {
  return KINDS.find(([pattern]) => pattern.test(command))?.[1] ?? "other";
}
