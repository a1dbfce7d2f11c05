import * as z from "zod";

import { choice, field, textLike } from "./field.ts";

const entry = z.strictObject({
  name: textLike(
    /^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,38}$/,
    "expected a name of 1 to 39 characters a-z, 0-9 and single dashes, starting with a letter",
  ).meta({ description: "Name of the key's owner, unique in this file: alice-laptop. A new name is a new key." }),
  mode: field(choice("read-only", "read-write"), {
    description: "Access to this tenant's files only. A change replaces the key.",
    default: "read-only",
  }),
});

/** Keys for people's computers, one entry per computer. An entry removed is a key revoked. */
export const access = z.array(entry).max(50, { error: "expected at most 50 entries" });
