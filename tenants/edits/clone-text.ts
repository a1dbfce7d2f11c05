import { withSettings } from "./setting-text.ts";

/** Settings that a clone does not copy: people's keys, the reasons for a suspension or a hold, kept storage, dates. */
const OWN = [
  ...["access", "state", "reason", "hold", "manifest", "purgeAfter", "expires", "drift"].map((field) => [field]),
  ["storage", "kept"],
];

/** The text of a clone's file, from the source tenant's file. `expires`: `2027-01-31`. */
export function cloneText(text: string, expires: string | undefined): string {
  return withSettings(
    text,
    OWN.map((path) => ({ path, value: path[0] === "expires" ? expires : undefined })),
  );
}
