import type { FileFault } from "../fault.ts";
import { lint } from "./lint.ts";
import { checksumOf, type Migration, type SchemaFolder, type Script } from "./migration.ts";
import { leadingWords, type Statement, statementsIn } from "./statements.ts";

/** A file of a folder of migrations. */
export interface SqlFile {
  readonly name: string;
  readonly text: string;
}

const NAME = /^(\d{4})_([a-z0-9]+(?:_[a-z0-9]+)*)(\.down)?\.sql$/;
const EXPECTED = "expected a name like 0014_add_index.sql, 0014_add_index.down.sql, or check.sql";
const CHECK = "check.sql";

/**
 * Reads a folder of migrations: `0001_first.sql`, `0002_second.sql` and so on, without a gap, and beside each, where there is
 * one, what takes it back: `0002_second.down.sql`; and `check.sql`, queries that a rehearsal asks. All faults, or the migrations in
 * order. Pure.
 *
 * @param from the folder's path from the project
 * @param files everything in the folder but README.md
 */
export function parseFolder(
  from: string,
  files: readonly SqlFile[],
): { readonly folder: SchemaFolder; readonly faults: readonly FileFault[] } {
  const faults: FileFault[] = [];
  const ups = new Map<number, { name: string; up: Script }>();
  const downs = new Map<number, { name: string; down: Script }>();
  const check = files.find(({ name }) => name === CHECK);
  const checked = check === undefined ? undefined : parseScript(`${from}/${CHECK}`, check.text, checkFaults);
  faults.push(...(checked?.faults ?? []));
  for (const file of files
    .filter((each) => each !== check)
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
    const path = `${from}/${file.name}`;
    const [, digits = "", name = "", isDown] = NAME.exec(file.name) ?? [];
    const number = Number(digits);
    if (number === 0 || file.name.length > 120) {
      faults.push(faultOf(path, EXPECTED));
      continue;
    }
    const { script, faults: wrong } = parseScript(path, file.text, migrationFaults);
    faults.push(...wrong);
    const there = isDown === undefined ? ups.get(number) : downs.get(number);
    if (there !== undefined)
      faults.push(faultOf(path, `expected a number of its own: ${digits}_${there.name} has it too`));
    else if (isDown === undefined) ups.set(number, { name, up: script });
    else downs.set(number, { name, down: script });
  }
  const migrations = [...ups]
    .sort(([one], [other]) => one - other)
    .map(([number, { name, up }]): Migration => {
      const back = downs.get(number);
      return { number, name, up, ...(back?.name === name ? { down: back.down } : {}) };
    });
  const gap = migrations.find(({ number }, at) => number !== at + 1);
  if (gap !== undefined)
    faults.push(faultOf(gap.up.file, "expected no gap: the number before it is missing", "numbers count from 0001"));
  for (const [number, { name, down }] of downs)
    if (ups.get(number)?.name !== name)
      faults.push(faultOf(down.file, "expected the migration that it reverts in the same folder"));
  return { folder: { from, migrations, ...(checked === undefined ? {} : { check: checked.script }) }, faults };
}

function parseScript(
  file: string,
  text: string,
  faultsOf: (statement: Statement) => readonly string[],
): { readonly script: Script; readonly faults: readonly FileFault[] } {
  const checksum = checksumOf(text);
  const statements = statementsIn(text);
  if ("message" in statements) {
    const { message, line, column } = statements;
    return {
      script: { file, statements: [], checksum },
      faults: [{ ...faultOf(file, message), line, column, code: "syntax" }],
    };
  }
  const script = { file, statements, checksum };
  if (statements.length === 0) return { script, faults: [faultOf(file, "expected at least one statement")] };
  const faults = statements.flatMap((statement) =>
    faultsOf(statement).map((message): FileFault => {
      const { line, column } = statement;
      return { file, line, column, path: "", code: "format", message };
    }),
  );
  return { script, faults };
}

function migrationFaults(statement: Statement): readonly string[] {
  return lint(statement).flatMap(({ level, words }) => (level === "refused" ? [words] : []));
}

/** Only reading statements: a check's writes would be part of the comparison. */
function checkFaults(statement: Statement): readonly string[] {
  const [first = ""] = leadingWords(statement);
  const writes = statement.tokens.some(({ kind, text }) => kind === "word" && /^(?:INSERT|UPDATE|DELETE)$/i.test(text));
  return ["SELECT", "VALUES", "WITH"].includes(first) && !writes ? [] : ["expected a query: SELECT, VALUES or WITH"];
}

function faultOf(file: string, message: string, hint?: string): FileFault {
  return { file, line: 1, column: 1, path: "", code: "file", message, ...(hint === undefined ? {} : { hint }) };
}
