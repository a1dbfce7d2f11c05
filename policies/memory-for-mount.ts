import { tigrisfsMemoryMb } from "../container/memory.ts";
import type { Policy } from "./policy.ts";

/** MiB that have to be left for kernel, entrypoint and app when TigrisFS takes all it may. */
const LEFT_MB = 192;

export const memoryForMount: Policy = {
  name: "memory-for-mount",
  demands: `Beside all that TigrisFS may take, ${LEFT_MB} MiB are left for the app: a full machine is killed with files not yet uploaded.`,
  check({ tenant: { mount, machine } }) {
    if (mount.by !== "tigrisfs") return [];
    const left = machine.memoryMb - tigrisfsMemoryMb(mount.memoryLimitMb);
    if (left >= LEFT_MB) return [];
    const message = `a mount of ${mount.memoryLimitMb} MiB leaves ${left} of ${machine.memoryMb} MiB for the app; at least ${LEFT_MB} are needed`;
    return [{ message, path: ["mount", "memoryLimitMb"] }];
  },
};
