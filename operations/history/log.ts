import { isAbsolute, join } from "node:path";

import { pulumiEnvironment } from "../engine/pulumi.ts";
import type { StackContext } from "../../stack/context.ts";
import { bucketLog } from "./bucket-log.ts";
import type { Tail } from "./entry.ts";
import { fileLog } from "./file-log.ts";

/** The log of one stack: lines are added and never changed. */
export interface HistoryLog {
  /** For people: a path, or `s3://…`. */
  readonly where: string;
  /** Whether the whole team writes there; a file on this computer knows only what was run here. */
  readonly isShared: boolean;
  lines(): Promise<string[]>;
  tail(): Promise<Tail>;
  /** Adds lines after `tail`. False, and nothing is added: somebody else has added lines since. */
  append(tail: Tail, lines: readonly string[]): Promise<boolean>;
}

/**
 * Where the history of this stack lies: where `tenantry:history` says, else beside the state if that is in a bucket, else in a
 * file of this computer.
 */
export function historyLog(context: StackContext): HistoryLog {
  const { settings, stack, home, projectDir } = context;
  const { history } = settings;
  const state = pulumiEnvironment(context)["PULUMI_BACKEND_URL"] ?? "";
  if (history?.startsWith("s3://") === true) return bucketLog(history, stack);
  if (history !== undefined) return fileLog(isAbsolute(history) ? history : join(projectDir, history), true);
  if (state.startsWith("s3://")) return bucketLog(besideState(state), stack);
  return fileLog(join(home, "history", `${stack}.jsonl`), settings.cloud === "embedded");
}

function besideState(state: string): string {
  const url = new URL(state);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/.tenantry/history`;
  return url.href;
}
