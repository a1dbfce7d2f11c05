import type { Entry } from "./entry.ts";

const DONE = { create: "created", update: "updated", replace: "replaced", rotate: "rotated", delete: "deleted" };

/** What a line of the history tells, for people: what was done or is under way, and how it failed. Either may be empty. Pure. */
export function entryWords({ kind, changes = {}, result, open = [], errors = [], migrations = [], cut, undo }: Entry): {
  readonly done: string;
  readonly failed: string;
} {
  if (kind === "tested" && cut !== undefined)
    return { done: `snapshot of ${cut.at} tested`, failed: result === "ok" ? "" : (errors[0] ?? "failed") };
  if (cut !== undefined && undo !== undefined)
    return { done: `${kind === "restored" ? "switched" : "switching"} to ${cut.at}`, failed: "" };
  if (cut !== undefined) return { done: kind === "snapshot" ? "snapshot" : `${kind} from ${cut.at}`, failed: "" };
  if (kind === "certificate") return { done: "certificate of its deletion", failed: "" };
  if (kind === "purging") return { done: "is purged", failed: "" };
  const failed = result === undefined || result === "ok" ? "" : `${result}${codeIn(errors)}`;
  if (kind === "ended" && failed === "") return { done: "run ended", failed };
  const done = Object.entries(changes).map(([action, count]) => `${count} ${DONE[action as keyof typeof DONE]}`);
  const ran = migrations.length === 0 ? [] : [`ran ${migrations.join(", ")}`];
  return { done: [...done, ...ran, ...open.map((each) => `${each} under way`)].join(", "), failed };
}

/** The first code of ours in what was said. */
function codeIn(errors: readonly string[]): string {
  const [code] = errors.flatMap((error) => /\b[A-Z]+(?:_[A-Z]+)+\b/.exec(error)?.[0] ?? []);
  return code === undefined ? "" : `: ${code}`;
}
