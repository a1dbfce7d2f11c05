import type { Policy } from "./policy.ts";

/** Refuses `autostop: suspend` while a bucket is mounted. */
export const noSuspendWithMount: Policy = {
  name: "no-suspend-with-mount",
  demands:
    "A machine with a FUSE mount is stopped, never suspended: a resumed machine would continue with a stale cache and clock.",
  check: ({ tenant: { mount, machine } }) =>
    mount.by === "tigrisfs" && machine.autostop === "suspend"
      ? [{ message: "`suspend` is not possible with a bucket mount; use `stop`", path: ["machine", "autostop"] }]
      : [],
};
