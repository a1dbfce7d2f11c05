import type { Base } from "../sync/sync-memory.ts";
import type { Files } from "../sync/version.ts";

/** What we pushed a moment ago, and a machine may not have seen yet when it writes the same file. */
export interface UnseenPushes {
  note(path: string, etag: string, now: number): void;
  /**
   * Files that the bucket holds otherwise, or no longer, though we pushed them less than the window ago. Each is told once.
   * Who wrote them may have known only the version before ours, so that ours must be kept beside.
   */
  overwritten(remote: Files, base: Base, now: number): string[];
}

/** @param windowMs how long a machine may know an old version, and take to upload what it makes of it: milliseconds */
export function unseenPushes(windowMs: number): UnseenPushes {
  const pushes = new Map<string, { readonly etag: string; readonly at: number }>();
  return {
    note: (path, etag, now) => void pushes.set(path, { etag, at: now }),
    overwritten(remote, base, now) {
      const found: string[] = [];
      for (const [path, { etag, at }] of pushes) {
        const isOurs = remote.get(path)?.id === etag;
        const hasMovedOn = base.get(path)?.remote !== etag;
        if (now - at < windowMs && isOurs) continue;
        pushes.delete(path);
        if (now - at < windowMs && !hasMovedOn) found.push(path);
      }
      return found;
    },
  };
}
