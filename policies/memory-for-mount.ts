import { memoryLimitFor, SYSTEM_MB, tigrisfsMemoryMb } from "../container/memory.ts";
import type { Policy } from "./policy.ts";

/** MiB that the app has to have when TigrisFS takes all it may. */
const APP_MB = 128;
/** The same with what the kernel and the entrypoint take. */
const LEFT_MB = APP_MB + SYSTEM_MB;

/** Refuses a mount that leaves the app less than 192 MiB. */
export const memoryForMount: Policy = {
  name: "memory-for-mount",
  demands: `TigrisFS's limit leaves at least ${LEFT_MB} MiB for the app: a machine without free memory is killed before it uploads its files.`,
  check({ tenant: { mount, machine } }) {
    if (mount.by !== "tigrisfs") return [];
    const left = machine.memoryMb - tigrisfsMemoryMb(mount.memoryLimitMb);
    if (left >= LEFT_MB) return [];
    const fits = memoryLimitFor({ memoryMb: machine.memoryMb, appMb: APP_MB });
    const way = fits === undefined ? "take a larger machine" : `${fits} MiB for the mount would fit`;
    const message = `a mount of ${mount.memoryLimitMb} MiB leaves ${left} of ${machine.memoryMb} MiB for the app; at least ${LEFT_MB} are needed: ${way}`;
    return [{ message, path: ["mount", "memoryLimitMb"] }];
  },
};
