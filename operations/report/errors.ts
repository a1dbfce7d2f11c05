import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of `report`, by code. */
export const reportErrors = errorKinds({
  REPORT_INPUT: {
    meaning: "An input file of `report` cannot be read, or has the wrong content.",
    next: "Create it again: `npx tenantry drift --json > drift.json` for --drift; docs/report.md describes the file for --gates.",
  },
  REPORT_NOWHERE: {
    meaning: "`report` needs a file to write to.",
    next: "Name a file: `--html <file>`, `--markdown <file>`, or both.",
  },
});
