import { parseDuration } from "../go-duration.ts";
import { invalidArgument } from "../refusal.ts";
import type { MachineConfig, Signal } from "./config.ts";
import type { StopOrder } from "./runner.ts";

/** Fly's default (Fly docs, `kill_signal` and `kill_timeout`). */
export const defaultStop: StopOrder = { signal: "SIGINT", timeoutMs: 5000 };

/** How a machine's config wants it to be stopped. */
export function stopOrderOf({ stop_config: stop = {} }: MachineConfig): StopOrder {
  return { ...defaultStop, ...requestedStop(stop.signal, stop.timeout) };
}

/** How a request wants a machine to be stopped. The docs say seconds, the OpenAPI file and fly-go a Go duration. Throws a 400. */
export function requestedStop(signal: Signal | undefined, timeout: string | number | undefined): Partial<StopOrder> {
  const text = typeof timeout === "string" && /^\d+$/.test(timeout) ? `${timeout}s` : timeout;
  const timeoutMs = text === undefined ? undefined : parseDuration(text);
  if (text !== undefined && timeoutMs === undefined) throw invalidArgument("timeout is not a duration");
  return { ...(signal === undefined ? {} : { signal }), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
}
