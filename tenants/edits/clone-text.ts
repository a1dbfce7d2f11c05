import { withDocument } from "./whole-document.ts";

/** What is another tenant's own: who has keys, why it is off or kept, what it has left elsewhere, until when. */
const OWN = ["access", "state", "reason", "hold", "manifest", "expires", "drift"];

/** The text of a clone's file, from that of the tenant whom it begins as. `expires`: `2027-01-31`. */
export function cloneText(text: string, expires: string | undefined): string {
  return withDocument(text, (document) => {
    for (const field of OWN) document.delete(field);
    document.deleteIn(["storage", "kept"]);
    if (expires !== undefined) document.set("expires", expires);
  });
}
