import { errorKinds } from "../errors/tenantry-error.ts";

/** Errors of writing what a verb was asked to write, by code. */
export const outputErrors = errorKinds({
  FILE_LEADS_OUT: {
    meaning: "A file was to be written below a folder, and a link on the way leads elsewhere: nothing was written.",
    next: "Remove the link, or name the folder it leads to yourself.",
  },
  SECRET_NEEDS_FILE: {
    meaning: "A secret is written to a terminal or to a file of its own, never into a pipe or a log.",
    next: "Name a new file with `--out <file>`; only you will be able to read it.",
  },
  SECRET_FILE_EXISTS: {
    meaning: "The file that is to hold secrets is there already; it was left as it is.",
    next: "Name a file that does not exist yet.",
  },
});
