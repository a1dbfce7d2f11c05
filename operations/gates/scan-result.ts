import { quantile } from "../engine/quantile.ts";
import type { Measured } from "./gate.ts";

/** What both sides took for the same, in milliseconds, and how often the storage was called by the mount meanwhile. */
export interface Turn {
  readonly mountMs: number;
  readonly volumeMs: number;
  readonly s3Calls: number;
}

/** All scans of so many files. */
export interface Scanned {
  readonly size: number;
  /** The first after both machines were started. */
  readonly cold: Turn;
  readonly warm: readonly Turn[];
  readonly sync?: Turn & { readonly changed: number; readonly seenMs: number };
}

/** How much longer a warm scan is on the mount; the worst of the sizes counts. Pure. */
export function scanGate(all: readonly Scanned[], rounds: number): Measured {
  const warm = all.map(({ size, warm: turns }) => ({ size, ...medianOf(turns) }));
  const samples = warm.map(({ mountMs, volumeMs }) => mountMs / volumeMs);
  const rows = all.flatMap(({ size, cold, sync }, index) => [
    row(size, "cold", cold, size),
    row(size, "warm", warm[index] ?? cold, size),
    ...(sync === undefined ? [] : [row(size, `sync of ${sync.changed} changed files`, sync, size + sync.changed)]),
  ]);
  const late = all.flatMap(({ sync }) => (sync === undefined ? [] : [`${(sync.seenMs / 1000).toFixed(1)} s`]));
  return {
    value: samples.length === 0 ? undefined : Math.max(...samples),
    samples,
    how:
      `${all.map(({ size }) => size).join(" and ")} files, 100 in a folder, readdir and stat of each, both sides in turn; cold: the first scan ` +
      `after a start, during the first walk of the mount's watch; warm: the median of ${rounds} more scans; a sync also compares, reads and hashes ` +
      `the changed files, as soon as the mount shows them (${late.join(", ")} after the last change); calls to S3 include those of the watch`,
    detail: {
      head: ["files", "scan", "mount, ms", "volume, ms", "", "calls to S3", "answered without a call"],
      rows,
    },
  };
}

/** Without calls for the names and contents that it asks for, TigrisFS or the kernel has answered out of its memory. */
function row(size: number, what: string, { mountMs, volumeMs, s3Calls }: Turn, asked: number): string[] {
  const ratio = `${(mountMs / volumeMs).toFixed(2)} x`;
  const hits = `${(Math.max(0, 1 - s3Calls / asked) * 100).toFixed(1)} %`;
  return [String(size), what, mountMs.toFixed(0), volumeMs.toFixed(0), ratio, String(s3Calls), hits];
}

function medianOf(turns: readonly Turn[]): Turn {
  const median = (of: (turn: Turn) => number) => quantile(turns.map(of), 0.5);
  return {
    mountMs: median(({ mountMs }) => mountMs),
    volumeMs: median(({ volumeMs }) => volumeMs),
    s3Calls: median(({ s3Calls }) => s3Calls),
  };
}
