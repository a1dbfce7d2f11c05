import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of the history, by code. */
export const historyErrors = errorKinds({
  HISTORY_UNREACHABLE: {
    meaning: "The log of what was changed can't be read or written.",
    next: "Check where it lies (`npx tenantry history` names the place; docs/history.md) and the credentials for it, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for a bucket. `up` changes nothing without it.",
  },
  HISTORY_PLACE: {
    meaning: "The setting `tenantry:history` names no place for the log.",
    next: "Write a path, or `s3://<bucket>/<prefix>?endpoint=…&region=…`.",
  },
  HISTORY_BUSY: {
    meaning: "Others kept adding to the log at the same time.",
    next: "Wait until the other `up` has ended, then run the command again.",
  },
  SINCE_INVALID: {
    meaning: "`--since` names no time.",
    next: "Write a day like 2026-11-23, an ISO time, or a span back from now like 7d or 12h.",
  },
});
