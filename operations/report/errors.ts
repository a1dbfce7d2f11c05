import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of `report`, by code. */
export const reportErrors = errorKinds({
  REPORT_INPUT: {
    meaning: "A file given to `report` can't be read, or does not hold what it should.",
    next: "Write it anew: `npx tenantry drift --json > drift.json` for --drift; docs/report.md describes the file for --gates.",
  },
  REPORT_NOWHERE: {
    meaning: "`report` was not told where to write.",
    next: "Name a file: `--html <file>`, `--markdown <file>`, or both.",
  },
});
