import type { Policy } from "./policy.ts";

/** Refuses `autostop: suspend` while a bucket is mounted. */
export const noSuspendWithMount: Policy = {
  name: "no-suspend-with-mount",
  demands:
    "A machine with a FUSE mount is stopped, never suspended: resumed, it would go on with a stale cache and a stale clock.",
  check: ({ tenant: { mount, machine } }) =>
    mount.by === "tigrisfs" && machine.autostop === "suspend"
      ? [{ message: "`suspend` and a bucket mount do not go together; `stop` does", path: ["machine", "autostop"] }]
      : [],
};
