/** A machine's size, as far as Fly checks it. */
interface Guest {
  readonly cpu_kind?: string | undefined;
  readonly cpus?: number | undefined;
  readonly memory_mb?: number | undefined;
}

interface Kind {
  readonly cpus: readonly number[];
  readonly perCpu: { readonly least: number; readonly most: number };
  readonly step: number;
}

// Fly docs, "Machine sizing"; memory in MB.
const KINDS: Readonly<Record<string, Kind>> = {
  shared: { cpus: [1, 2, 4, 6, 8], perCpu: { least: 256, most: 2048 }, step: 256 },
  performance: { cpus: [1, 2, 4, 6, 8, 10, 12, 14, 16], perCpu: { least: 2048, most: 8192 }, step: 2048 },
};

/** Fly's default size, shared-cpu-1x. */
const DEFAULT = { cpu_kind: "shared", cpus: 1, memory_mb: 256 };

/** The guest with its defaults: what a config without one comes back with. */
export function completeGuest<Given extends Guest>(guest: Given | undefined): Given & Required<Guest> {
  const kind = guest?.cpu_kind ?? DEFAULT.cpu_kind;
  const cpus = guest?.cpus ?? DEFAULT.cpus;
  const least = KINDS[kind]?.perCpu.least ?? DEFAULT.memory_mb;
  const given = guest ?? ({} as Given);
  return { ...given, cpu_kind: kind, cpus, memory_mb: guest?.memory_mb ?? least * cpus };
}

/** What is wrong with a complete guest; undefined when nothing is. */
export function wrongGuest(guest: Guest): string | undefined {
  const { cpu_kind = "", cpus = 0, memory_mb: memory = 0 } = guest;
  const kind = KINDS[cpu_kind];
  if (kind === undefined) return `config.guest.cpu_kind '${cpu_kind}' is invalid, must be shared or performance`;
  if (!kind.cpus.includes(cpus)) {
    return `config.guest.cpus ${cpus} is invalid for ${cpu_kind}, must be one of ${kind.cpus.join(", ")}`;
  }
  const [least, most] = [kind.perCpu.least * cpus, kind.perCpu.most * cpus];
  if (memory < least || memory > most || memory % kind.step !== 0) {
    return `config.guest.memory_mb ${memory} is invalid for ${cpus} ${cpu_kind} cpus, must be ${least} to ${most} in steps of ${kind.step}`;
  }
  return undefined;
}
