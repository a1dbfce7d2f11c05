import { isAbsolute, join } from "node:path";
import type { StackContext } from "../../stack/context.ts";
import { pulumiEnvironment } from "../engine/pulumi.ts";
import { bucketLog } from "./bucket-log.ts";
import { fileLog } from "./file-log.ts";
import type { HistoryLog } from "./log.ts";

/**
 * The place of this stack's history: `tenantry:history` if set, otherwise beside the state if that is in a bucket, otherwise
 * a file on this computer.
 */
export function historyLog(context: StackContext): HistoryLog {
  const { settings, stack, home, projectDir } = context;
  const { history } = settings;
  const bucket = historyBucket(context);
  if (bucket !== undefined) return bucketLog(bucket, stack);
  if (history !== undefined) return fileLog(isAbsolute(history) ? history : join(projectDir, history), true);
  return fileLog(join(home, "history", `${stack}.jsonl`), settings.cloud === "embedded");
}

/** The place in a bucket that the history of this stack lies in, as Pulumi writes one; undefined: it lies in a file. */
export function historyBucket(context: StackContext): string | undefined {
  const { history } = context.settings;
  const state = pulumiEnvironment(context)["PULUMI_BACKEND_URL"] ?? "";
  if (history !== undefined) return history.startsWith("s3://") ? history : undefined;
  return state.startsWith("s3://") ? besideState(state) : undefined;
}

export function besideState(state: string): string {
  const url = new URL(state);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/.tenantry/history`;
  return url.href;
}
