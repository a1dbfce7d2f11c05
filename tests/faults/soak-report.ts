import { type MemorySeen, WATCHED } from "./flat-memory.ts";
import type { Done } from "./soak.ts";

/** What a soak has done and seen, as Markdown. */
export function soakReport({
  seed,
  minutes,
  done,
  seen,
  grown,
}: {
  readonly seed: number;
  readonly minutes: number;
  readonly done: readonly Done[];
  readonly seen: readonly MemorySeen[];
  readonly grown: Readonly<Record<string, number>>;
}): string {
  const kindOf = ({ what }: Done) => what.split(" ")[0] ?? "";
  const count = (isMeant: (each: Done) => boolean) => done.filter(isMeant).length;
  const rows = [...new Set(done.map(kindOf))].sort().map((kind) => {
    const own = (isMeant: (each: Done) => boolean) => count((each) => kindOf(each) === kind && isMeant(each));
    return [kind, own(() => true), own(({ struck }) => struck > 0), own(({ hasFailed }) => hasFailed)];
  });
  const memory = WATCHED.map((what) => {
    const sizes = seen.map((each) => each[what]);
    return [what, Math.min(...sizes), Math.max(...sizes), grown[what] ?? 0];
  });
  const table = (...lines: readonly (readonly (string | number)[])[]) =>
    lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  return [
    "# Soak",
    "",
    `Made by \`make test-deep\` with \`TENANTRY_SEED=${seed} TENANTRY_SOAK_MINUTES=${minutes}\`: ${done.length} things done, ${count(({ struck }) => struck > 0)} of`,
    "them with calls that went wrong; after each all was as it has to be.",
    "",
    table(["what", "done", "with a fault met", "failed at first"], ["---", "---", "---", "---"], ...rows),
    "",
    table(
      ["memory during `plan --all`", "least MB", "most MB", "grown in the second half, MB"],
      ["---", "---", "---", "---"],
      ...memory,
    ),
    "",
  ].join("\n");
}
