import { leadingWords, type Statement } from "./statements.ts";
import { LEDGER_PREFIX } from "./ledger-name.ts";

/** A finding about a statement before it runs. */
export interface LintFinding {
  /** `refused`: it cannot be part of a migration. `warning`: look twice. */
  readonly level: "refused" | "warning";
  /** Short and stable, for programs. */
  readonly rule: string;
  /** What is wrong, and what to do instead. */
  readonly words: string;
}

type Rule = (statement: Statement, head: readonly string[], words: readonly string[]) => LintFinding | undefined;

/** The refusals and warnings for a migration. Pure. */
export function lint(statement: Statement): readonly LintFinding[] {
  const head = leadingWords(statement);
  const words = statement.tokens.flatMap(({ kind, text }) => (kind === "word" ? [text.toUpperCase()] : []));
  return RULES.flatMap((rule) => rule(statement, head, words) ?? []);
}

const refused = (rule: string, words: string): LintFinding => ({ level: "refused", rule, words });
const warning = (rule: string, words: string): LintFinding => ({ level: "warning", rule, words });

const OWN_TRANSACTION = new Set(["BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"]);
const OUTSIDE = new Set(["VACUUM", "ATTACH", "DETACH"]);
const CONTRACT = "expand and contract: first deploy an app that does not need it to every tenant, then this migration";

const RULES: readonly Rule[] = [
  (_, [first = ""]) =>
    OWN_TRANSACTION.has(first)
      ? refused("own-transaction", `${first}: tenantry runs each migration in one transaction; remove it`)
      : undefined,
  (_, [first = ""]) =>
    OUTSIDE.has(first)
      ? refused("outside-transaction", `${first} does not run in a transaction, so it could be applied only in part`)
      : undefined,
  ({ tokens }, [first]) =>
    first === "PRAGMA" && tokens[1]?.text.toLowerCase() !== "defer_foreign_keys"
      ? refused(
          "pragma",
          "PRAGMA has no effect in a transaction, or Turso refuses it; only defer_foreign_keys may be set",
        )
      : undefined,
  (_, [first, second]) =>
    first === "CREATE" && /^TEMP(?:ORARY)?$/.test(second ?? "")
      ? refused("temporary", "temporary objects end with the connection; Turso refuses them")
      : undefined,
  ({ tokens }) =>
    tokens.some(({ kind }) => kind === "parameter")
      ? refused("parameter", "expected no parameter: nothing is bound to it, so it would be NULL")
      : undefined,
  ({ tokens }) =>
    tokens.some(({ kind, text }) => (kind === "word" || kind === "name") && unquoted(text).startsWith(LEDGER_PREFIX))
      ? refused("ledger", `names that begin with ${LEDGER_PREFIX} are reserved for tenantry`)
      : undefined,
  (_, [first, second]) =>
    first === "DROP" && (second === "TABLE" || second === "VIEW")
      ? warning("drop", `it deletes all data in it, and the old app may still use it; ${CONTRACT}`)
      : undefined,
  (_, [first], words) =>
    first === "ALTER" && words.includes("DROP")
      ? warning("drop", `it deletes all data in the column, and the old app may still use it; ${CONTRACT}`)
      : undefined,
  (_, [first], words) =>
    first === "ALTER" && words.includes("RENAME")
      ? warning(
          "rename",
          `the old app needs the old name; add the new one, copy, and drop the old one later; ${CONTRACT}`,
        )
      : undefined,
  (_, [first], words) =>
    first === "ALTER" && words.includes("ADD") && hasNotNull(words) && !words.includes("DEFAULT")
      ? warning("not-null", "a column that is NOT NULL needs a DEFAULT: without one it fails where the table has rows")
      : undefined,
  (_, [first], words) =>
    (first === "UPDATE" || first === "DELETE") && !words.includes("WHERE")
      ? warning(
          "whole-table",
          "it changes every row in one transaction and blocks other writes: check its time on the clone",
        )
      : undefined,
  (_, head) => {
    if (head[0] !== "CREATE" || !head.slice(0, 3).includes("INDEX")) return undefined;
    return head[1] === "UNIQUE"
      ? warning("unique-index", "it reads the whole table, blocks other writes, and fails if two rows are equal")
      : warning("index", "it reads the whole table and blocks other writes: check its time on the clone");
  },
  (_, [first], words) =>
    (first === "INSERT" || first === "REPLACE" || (first === "CREATE" && words.includes("TABLE"))) &&
    words.includes("SELECT")
      ? warning("copy", "it copies rows in one transaction and blocks other writes: check its time on the clone")
      : undefined,
];

function hasNotNull(words: readonly string[]): boolean {
  return words.some((word, at) => word === "NOT" && words[at + 1] === "NULL");
}

function unquoted(text: string): string {
  return text.replace(/^["`[]/, "").toLowerCase();
}
