import { errorKinds } from "../errors/tenantry-error.ts";

/** Errors of writing what a verb was asked to write, by code. */
export const outputErrors = errorKinds({
  FILE_LEADS_OUT: {
    meaning: "A link in the path leads out of the folder. Nothing was written.",
    next: "Remove the link, or name its target folder.",
  },
  SECRET_NEEDS_FILE: {
    meaning: "Secrets are written only to a terminal or to their own file, never to a pipe or a log.",
    next: "Name a new file with `--out <file>`; only you will be able to read it.",
  },
  SECRET_FILE_EXISTS: {
    meaning: "The file for secrets already exists. It was not changed.",
    next: "Name a file that does not exist yet.",
  },
});
