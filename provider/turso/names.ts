import * as z from "zod";

/** What a name of a database or group looks like. */
export const NAME = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** `<name>-<organisation>` is a DNS label of at most 63 characters. Source: the API's own errors, turso-cli#844 and #1013. */
export function longestName(organization: string): number {
  return 62 - organization.length;
}

/** A name of a database or group as an input. */
export function nameInput({ longestName: longest }: { readonly longestName: number }): z.ZodString {
  return z
    .string()
    .regex(NAME, "expected only a-z, 0-9 and -, with no - at the start or the end")
    .max(longest, `expected at most ${longest} characters: with the organisation's slug it has to fit a DNS label`);
}
