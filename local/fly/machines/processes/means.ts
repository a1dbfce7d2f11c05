import { existsSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The programs that machines need and that do not come with every Linux: where they are. */
export type Programs = ReadonlyMap<string, string>;

/** Used to start a machine, from outside. */
const OUTSIDE = ["unshare", "setpriv", "nsenter", "mount", "perl"];
/** Used in it. */
const INSIDE = ["tigrisfs", "fusermount3"];
/** Without it the entrypoint keeps a short stat cache, and says so. */
const OPTIONAL = ["mount-watch"];

/** What machines need to run here as processes: the programs of theirs, or why they cannot. */
export function findMeans(
  env: Readonly<Record<string, string | undefined>>,
): { readonly programs: Programs } | { readonly missing: string } {
  if (process.platform !== "linux") return { missing: "only Linux can run them" };
  if (process.getuid?.() !== 0) return { missing: "only root can mount" };
  if (!existsSync("/dev/fuse")) return { missing: "there is no /dev/fuse" };
  const folders = foldersOf(env);
  const find = (program: string) => folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
  const absent = [...OUTSIDE, ...INSIDE].find((program) => find(program) === undefined);
  if (absent !== undefined) return { missing: `${absent} is not on PATH` };
  // Resolved: the folder of links to them is not shown to machines.
  const there = [...INSIDE, ...OPTIONAL.filter((name) => find(name) !== undefined)];
  const programs = there.map((name) => [name, realpathSync(find(name) ?? "")] as const);
  return { programs: new Map([...programs, ["node", realpathSync(process.execPath)]]) };
}

/** Where programs may be: those that only root runs are not on everybody's PATH. */
export function foldersOf(env: Readonly<Record<string, string | undefined>>): string[] {
  return [...(env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
}
