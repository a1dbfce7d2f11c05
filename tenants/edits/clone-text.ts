import { withSettings } from "./setting-text.ts";

/** What is another tenant's own: who has keys, why it is off or kept, what it has left elsewhere, until when. */
const OWN = [
  ...["access", "state", "reason", "hold", "manifest", "purgeAfter", "expires", "drift"].map((field) => [field]),
  ["storage", "kept"],
];

/** The text of a clone's file, from that of the tenant whom it begins as. `expires`: `2027-01-31`. */
export function cloneText(text: string, expires: string | undefined): string {
  return withSettings(
    text,
    OWN.map((path) => ({ path, value: path[0] === "expires" ? expires : undefined })),
  );
}
