import type { MachineConfig } from "./config.ts";
import type { Exit } from "./runner.ts";

/** Fly gives up after 10 restarts within 5 minutes, unless the config says otherwise (Fly docs, "Machine restart policy"). */
const DEFAULT_RETRIES = 10;
const WINDOW_MS = 5 * 60_000;

/** What follows an unasked exit: `restarts` are the times of its earlier restarts. Pure. */
export function afterExit(
  config: MachineConfig,
  exit: Exit,
  restarts: readonly number[],
  now: Date,
): "restart" | "stop" | "destroy" {
  const policy = config.restart?.policy ?? "on-failure";
  const retries = config.restart?.max_retries ?? DEFAULT_RETRIES;
  const recent = restarts.filter((at) => now.getTime() - at < WINDOW_MS).length;
  if (policy === "always") return "restart";
  if (policy === "on-failure" && exit.code !== 0 && recent < retries) return "restart";
  return config.auto_destroy === true ? "destroy" : "stop";
}
