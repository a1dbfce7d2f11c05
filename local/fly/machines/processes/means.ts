import { existsSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The programs that machines need and that do not come with every Linux: where they are. */
export type Programs = ReadonlyMap<string, string>;

/** Used to start a machine, from outside. */
const OUTSIDE = ["unshare", "setpriv", "nsenter", "mount", "perl"];
/** Used in it. */
const INSIDE = ["tigrisfs", "fusermount3"];
/** Without `mount-watch` the entrypoint keeps a short stat cache, and says so. `litestream` is for gates alone. */
const OPTIONAL = ["mount-watch", "litestream"];

/**
 * What machines need to run here as processes: the programs of theirs, or why they cannot. Looked for anew by each
 * `programs`, so that what is installed later is in the machines that start from then on.
 */
export function findMeans(
  env: Readonly<Record<string, string | undefined>>,
): { readonly programs: () => Programs } | { readonly missing: string } {
  if (process.platform !== "linux") return { missing: "only Linux can run them" };
  if (process.getuid?.() !== 0) return { missing: "only root can mount" };
  if (!existsSync("/dev/fuse")) return { missing: "there is no /dev/fuse" };
  const folders = foldersOf(env);
  const find = (program: string) => folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
  const absent = [...OUTSIDE, ...INSIDE].find((program) => find(program) === undefined);
  if (absent !== undefined) return { missing: `${absent} is not on PATH` };
  const programs = () => {
    const found = [...INSIDE, ...OPTIONAL].map((name) => [name, find(name)] as const);
    // Resolved: the folder of links to them is not shown to machines.
    const there = found.flatMap(([name, path]) => (path === undefined ? [] : [[name, realpathSync(path)] as const]));
    return new Map([...there, ["node", realpathSync(process.execPath)]]);
  };
  return { programs };
}

/** Where programs may be: those that only root runs are not on everybody's PATH. */
export function foldersOf(env: Readonly<Record<string, string | undefined>>): string[] {
  return [...(env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
}
