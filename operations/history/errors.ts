import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of the history, by code. */
export const historyErrors = errorKinds({
  HISTORY_UNREACHABLE: {
    meaning: "The history cannot be read or written.",
    next: "Check its place (`npx tenantry history` names it; docs/history.md) and its credentials, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for a bucket. Without the history, `up` changes nothing.",
  },
  HISTORY_PLACE: {
    meaning: "The setting `tenantry:history` is not a valid place for the history.",
    next: "Write a path, or `s3://<bucket>/<prefix>?endpoint=…&region=…`.",
  },
  HISTORY_BUSY: {
    meaning: "Other runs are writing to the history at the same time.",
    next: "Wait until the other `up` ends, then run the command again.",
  },
  SINCE_INVALID: {
    meaning: "`--since` is not a time.",
    next: "Write a day like 2026-11-23, an ISO time, or a span back from now like 7d or 12h.",
  },
});
