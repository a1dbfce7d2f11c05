/** What is mounted somewhere. */
export interface Mount {
  readonly path: string;
  /** The kernel's name of the file system: `ext4`, `fuse.tigrisfs`. */
  readonly type: string;
}

/** The mount that `path` lies on, by the text of /proc/self/mountinfo. `path` is absolute and free of symbolic links. */
export function mountUnder(path: string, mountinfo: string): Mount | undefined {
  const holding = mountinfo
    .split("\n")
    .flatMap(parseLine)
    .filter((mount) => mount.path === "/" || mount.path === path || path.startsWith(`${mount.path}/`));
  // Of several mounts at one place the last one is what is seen there.
  return holding.reduce<Mount | undefined>(
    (deepest, mount) => (deepest === undefined || mount.path.length >= deepest.path.length ? mount : deepest),
    undefined,
  );
}

function parseLine(line: string): Mount[] {
  // 42 27 0:39 / /app/data rw,nosuid [optional fields] - fuse.tigrisfs bucket rw
  const [before = "", after] = line.split(" - ");
  const path = before.split(" ")[4];
  const type = after?.split(" ")[0];
  return path === undefined || type === undefined ? [] : [{ path: unescape(path), type }];
}

function unescape(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
