import { isAbsolute, join } from "node:path";
import type { StackContext } from "../../stack/context.ts";
import { pulumiEnvironment } from "../engine/pulumi.ts";
import { bucketLog } from "./bucket-log.ts";
import { fileLog } from "./file-log.ts";
import type { HistoryLog } from "./log.ts";

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

export function besideState(state: string): string {
  const url = new URL(state);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/.tenantry/history`;
  return url.href;
}
