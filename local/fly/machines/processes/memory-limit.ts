import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const MIB = 1024 * 1024;

/** Control groups that hold machines to the memory of their config. */
export interface MemoryLimits {
  /** Why there are none here. */
  readonly missing: string | undefined;
  /** Makes the machine's group; undefined where there are none. */
  limit(machine: string, memoryMb: number): string | undefined;
  /** How often the kernel has killed in the machine for want of memory. */
  kills(machine: string): number;
  /** Removes the group of a machine in which nothing runs. */
  remove(machine: string): void;
  close(): void;
}

/** What the two versions of control groups call things (kernel docs, cgroup-v1/memory and cgroup-v2). */
interface Version {
  readonly base: string;
  readonly limit: string;
  readonly events: string;
  /** Machines have no swap, as at Fly. Absent where the kernel does not count swap. */
  readonly swap: (bytes: number) => readonly [file: string, value: string];
}

/** The groups of the cloud in `dir`; `root` is where the kernel shows control groups. */
export function openMemoryLimits(dir: string, root = "/sys/fs/cgroup"): MemoryLimits {
  const name = `tenantry-${createHash("sha256").update(dir).digest("hex").slice(0, 12)}`;
  const version = versionAt(root);
  if (version === undefined) return none("this system has no control groups for memory");
  const parent = join(version.base, name);
  try {
    mkdirSync(parent, { recursive: true });
    if (version.limit === "memory.max") delegate(version.base, parent);
  } catch (error) {
    return none(`control groups are not writable (${(error as NodeJS.ErrnoException).code ?? "error"})`);
  }
  for (const left of groupsIn(parent)) removeIfEmpty(join(parent, left));
  const read = (machine: string, file: string) => readOr(join(parent, machine, file), "");
  return {
    missing: undefined,
    limit(machine, memoryMb) {
      const group = join(parent, machine);
      const bytes = memoryMb * MIB;
      mkdirSync(group, { recursive: true });
      writeFileSync(join(group, version.limit), String(bytes));
      const [file, value] = version.swap(bytes);
      if (existsSync(join(group, file))) writeFileSync(join(group, file), value);
      return group;
    },
    kills: (machine) => Number(/^oom_kill (\d+)$/m.exec(read(machine, version.events))?.[1] ?? 0),
    remove: (machine) => removeIfEmpty(join(parent, machine)),
    close() {
      for (const left of groupsIn(parent)) removeIfEmpty(join(parent, left));
      removeIfEmpty(parent);
    },
  };
}

function versionAt(root: string): Version | undefined {
  if (readOr(join(root, "cgroup.controllers"), "").split(/\s/).includes("memory")) {
    return {
      base: root,
      limit: "memory.max",
      events: "memory.events",
      swap: () => ["memory.swap.max", "0"],
    };
  }
  if (!existsSync(join(root, "memory", "memory.limit_in_bytes"))) return undefined;
  return {
    base: join(root, "memory"),
    limit: "memory.limit_in_bytes",
    events: "memory.oom_control",
    swap: (bytes) => ["memory.memsw.limit_in_bytes", String(bytes)],
  };
}

function delegate(base: string, parent: string): void {
  writeFileSync(join(base, "cgroup.subtree_control"), "+memory");
  writeFileSync(join(parent, "cgroup.subtree_control"), "+memory");
}

function none(missing: string): MemoryLimits {
  const nothing = () => undefined;
  return { missing, limit: nothing, kills: () => 0, remove: nothing, close: nothing };
}

function groupsIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

function removeIfEmpty(group: string): void {
  try {
    rmdirSync(group);
  } catch {
    // Gone already, or something still runs in it: then it stays until the next start of the cloud.
  }
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return otherwise;
  }
}
