import type { Policy } from "./policy.ts";

/** Refuses an image that is named by a tag. */
export const imagePinned: Policy = {
  name: "image-pinned",
  demands:
    "The machine's image is named by its digest: a tag can be pushed again, so the running image could differ from the reviewed one.",
  check: ({ tenant: { machine } }) =>
    /@sha256:[0-9a-f]{64}$/.test(machine.image)
      ? []
      : [{ message: `${machine.image} is not pinned; write <image>@sha256:<digest>`, path: ["machine", "image"] }],
};
