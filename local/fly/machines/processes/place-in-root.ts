import { lstatSync, readlinkSync } from "node:fs";
import { join, posix } from "node:path";

/** As many as the kernel follows. */
const MOST_LINKS = 40;

/**
 * The real place of a machine's `path` in its root: links are followed as inside the machine, so that no path leads out of
 * `root`. A path that does not exist yet is taken literally. Throws an Error for a circle of links.
 *
 * @param root the folder that is the machine's root
 * @param path absolute, as seen inside
 */
export function placeIn(root: string, path: string): string {
  let at = "/";
  const ahead = path.split("/");
  for (let links = 0; ahead.length > 0;) {
    const next = posix.join(at, ahead.shift() ?? "");
    const target = linkAt(join(root, next));
    if (target === undefined) {
      at = next;
      continue;
    }
    links += 1;
    if (links > MOST_LINKS) throw new Error(`${path} is a loop of links`);
    if (target.startsWith("/")) at = "/";
    ahead.unshift(...target.split("/"));
  }
  return at;
}

function linkAt(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isSymbolicLink() === true ? readlinkSync(path) : undefined;
}
