/** A word, a quoted name, a text, a parameter, or a sign of SQL. */
export interface SqlToken {
  readonly kind: "word" | "name" | "text" | "parameter" | "sign";
  readonly text: string;
}

/** One statement of a file, without the semicolon that ends it. */
export interface Statement {
  readonly sql: string;
  readonly tokens: readonly SqlToken[];
  /** Where it begins, counted from 1; the column in UTF-16 units. */
  readonly line: number;
  readonly column: number;
}

/** Why a text cannot be split, and where. */
export interface UnfinishedSql {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

const TOKEN =
  /(?<blank>\s+|--[^\n]*|\/\*[\s\S]*?\*\/)|(?<text>[xX]?'(?:[^']|'')*')|(?<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])|(?<parameter>\?\d*|[:@$][A-Za-z_\u0080-\uffff][\w\u0080-\uffff$]*)|(?<word>[A-Za-z_\u0080-\uffff][\w\u0080-\uffff$]*)|(?<sign>\d[\w.]*|[^\s'"`])/y;

/**
 * Splits SQL text into its statements, as SQLite's own shell does: at each semicolon outside of texts, names and comments;
 * that of a trigger ends at `; END`. Pure. Source: sqlite.org/lang_keywords.html, sqlite.org/c3ref/complete.html
 */
export function statementsIn(text: string): readonly Statement[] | UnfinishedSql {
  const statements: Statement[] = [];
  let open: { tokens: SqlToken[]; start: number; end: number } | undefined;
  const close = () => {
    if (open !== undefined)
      statements.push({
        sql: text.slice(open.start, open.end),
        tokens: open.tokens,
        ...placeIn(text, open.start),
      });
    open = undefined;
  };
  for (let at = 0; at < text.length;) {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(text)?.groups;
    if (groups === undefined || startsComment(text, at, groups))
      return { message: "expected the end of what begins here", ...placeIn(text, at) };
    const [kind, found] = Object.entries(groups).find(([, part]) => (part as string | undefined) !== undefined) ?? [];
    const token = { kind, text: found ?? "" } as SqlToken | { kind: "blank"; text: string };
    const from = at;
    at += token.text.length;
    if (token.kind === "blank") continue;
    if (token.text === ";" && (open === undefined || !isInTrigger(open.tokens))) {
      close();
      continue;
    }
    open ??= { tokens: [], start: from, end: from };
    open.tokens.push(token);
    open.end = at;
  }
  if (open !== undefined && isInTrigger(open.tokens))
    return { message: "expected `; END` of the trigger that begins here", ...placeIn(text, open.start) };
  close();
  return statements;
}

/** The statement's first words, in capitals: `CREATE UNIQUE INDEX`. Names and signs end them. */
export function leadingWords({ tokens }: Pick<Statement, "tokens">): readonly string[] {
  const end = tokens.findIndex(({ kind }) => kind !== "word");
  return (end < 0 ? tokens : tokens.slice(0, end)).map(({ text }) => text.toUpperCase());
}

/** A comment that nothing ends is read as signs. */
function startsComment(text: string, at: number, groups: Readonly<Record<string, string | undefined>>): boolean {
  return groups["sign"] !== undefined && text.startsWith("/*", at);
}

/** Whether a semicolon here belongs to a trigger's body. */
function isInTrigger(tokens: readonly SqlToken[]): boolean {
  const [first, second, third] = leadingWords({ tokens });
  const isTrigger =
    first === "CREATE" && (second === "TRIGGER" || (/^TEMP(?:ORARY)?$/.test(second ?? "") && third === "TRIGGER"));
  const isEnded = tokens.at(-1)?.text.toUpperCase() === "END" && tokens.at(-2)?.text === ";";
  return isTrigger && !isEnded;
}

function placeIn(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at);
  return { line: before.split("\n").length, column: at - before.lastIndexOf("\n") };
}
