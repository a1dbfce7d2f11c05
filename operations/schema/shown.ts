import { lint, type LintFinding } from "../../tenants/schemas/lint.ts";
import { nameOfMigration } from "../../tenants/schemas/migration.ts";
import type { SchemaStep } from "../../tenants/schemas/steps.ts";
import { printable } from "../../output/printable.ts";
import { shownLines } from "../../output/shown.ts";
import type { Brought } from "./bring.ts";
import type { Rehearsal } from "./rehearse.ts";
import type { SchemaState } from "./survey.ts";
import { counted } from "../../output/counted.ts";

/** One tenant's schema, for programs. */
export function statusDocument({ tenant, declared, found, is, last, lastMigration, steps, error, site }: SchemaState) {
  return {
    tenant,
    ...sourceDocument(declared, site),
    found,
    is,
    last:
      last === undefined ? null : { migration: nameOfMigration(last), applied: last.applied, revision: last.revision },
    lastMigrator:
      lastMigration === undefined || lastMigration.finished === ""
        ? null
        : { image: lastMigration.image, command: lastMigration.command, finished: lastMigration.finished },
    due: steps.map(nameOfStep),
    error: error ?? null,
  };
}

/** What brings the schema forward; of the app's own migrator with the image that it is run in. */
function sourceDocument({ from, command, version, order }: SchemaState["declared"], { image }: SchemaState["site"]) {
  return { ...(from === undefined ? { command, image } : { from }), version, order };
}

/** `0014_add_index`, or `0014_add_index back`. */
export function nameOfStep({ direction, migration }: SchemaStep): string {
  return `${nameOfMigration(migration)}${direction === "down" ? " back" : ""}`;
}

/** The same steps, or the same run of a migrator, for the same tenants. */
interface Group {
  readonly tenants: readonly string[];
  readonly source: ReturnType<typeof sourceDocument>;
  readonly found: number | null;
  readonly steps: readonly SchemaStep[];
}

/** Whether something would be run for it. Pure. */
export function hasWork({ steps, is, declared: { from, version } }: SchemaState): boolean {
  return steps.length > 0 || (from === undefined && version > 0 && (is === "due" || is === "new"));
}

/** What would run where: tenants with the same steps are told together. */
export function planGroups(states: readonly SchemaState[]): readonly Group[] {
  const alike = Map.groupBy(states.filter(hasWork), ({ declared, site, found, is }) =>
    JSON.stringify([sourceDocument(declared, site), found, is]),
  );
  return [...alike.values()].flatMap((each) => {
    const [first] = each;
    if (first === undefined) return [];
    const { declared, site, found, steps } = first;
    return [{ tenants: each.map(({ tenant }) => tenant), source: sourceDocument(declared, site), found, steps }];
  });
}

/** What would run where, for programs. */
export function planDocument(states: readonly SchemaState[]) {
  return planGroups(states).map(({ steps, source, tenants, found }) => ({
    tenants,
    ...source,
    found,
    steps: steps.map((step) => ({
      migration: nameOfMigration(step.migration),
      direction: step.direction,
      ...looked(step),
    })),
  }));
}

/** What would run where, for people. */
export function planText(states: readonly SchemaState[]): string {
  const groups = planGroups(states).map(({ tenants, found, source, steps }) => {
    const first = source.order === "schema-first" ? "before their machines change" : "after their machines are healthy";
    const head = `${tenants.join(", ")}: version ${found ?? "none"} -> ${source.version}, ${first}`;
    return [head, ...migratorLines(source), ...steps.flatMap(stepLines)].join("\n");
  });
  const kept = states.filter(({ is }) => is === "refused" || is === "unknown" || is === "closed");
  const others = kept.map(({ tenant, is, error }) => `${tenant}: ${is}${error === undefined ? "" : `, ${error}`}`);
  if (groups.length + others.length === 0) return "every schema is as declared";
  return [...groups, ...others].join("\n\n");
}

function migratorLines(source: Group["source"]): string[] {
  if (!("command" in source)) return [];
  return [
    `  the app's own migrator: ${printable(source.command.join(" "))}`,
    `  in a one-off machine of the image ${printable(source.image)}`,
  ];
}

function stepLines(step: SchemaStep): string[] {
  const { statements, noWayBack } = looked(step);
  return [
    `  ${nameOfStep(step)}${noWayBack ? " (no .down.sql: there is no way back)" : ""}`,
    ...statements.flatMap(({ sql, warnings }) => [
      ...sql.split("\n").map((line) => `    ${line}`),
      ...warnings.map(({ rule, words }) => `      ! ${rule}: ${words}`),
    ]),
  ];
}

function looked({ direction, migration }: SchemaStep): {
  readonly statements: readonly {
    readonly sql: string;
    readonly line: number;
    readonly warnings: readonly LintFinding[];
  }[];
  readonly noWayBack: boolean;
} {
  const script = direction === "up" ? migration.up : migration.down;
  return {
    statements: (script?.statements ?? []).map((each) => ({
      sql: shownLines(each.sql),
      line: each.line,
      warnings: lint(each),
    })),
    noWayBack: direction === "up" && migration.down === undefined,
  };
}

/** How long migrations took on clones; a line for each. */
export function rehearsalLines(rehearsals: readonly Rehearsal[]): string[] {
  const ran = rehearsals.flatMap((each) => each.ran.map((one) => ({ ...one, tenant: each.tenant, rows: each.rows })));
  const alike = Map.groupBy(ran, ({ step }) => nameOfStep(step));
  const own = rehearsals.flatMap(({ tenant, rows, migratorMs: ms }) =>
    ms === undefined ? [] : [{ tenant, rows, ms }],
  );
  const ownLine = (slowest: (typeof own)[number]) =>
    `the app's own migrator: succeeded on ${counted(own.length, "clone")}, at most ${slowest.ms} ms with its machine's start (${slowest.tenant}, ${counted(slowest.rows, "row")})`;
  const ownLines = own.length === 0 ? [] : [ownLine(own.reduce((one, other) => (other.ms > one.ms ? other : one)))];
  const stepsLines = [...alike].map(([name, each]) => {
    const slowest = each.reduce((one, other) => (other.ms > one.ms ? other : one));
    const slow = slowest.ms > TRANSACTION_MS ? `; Turso ends a transaction after ${TRANSACTION_MS / 1000} s` : "";
    return `${name}: succeeded on ${counted(each.length, "clone")}, at most ${slowest.ms} ms (${slowest.tenant}, ${counted(slowest.rows, "row")})${slow}`;
  });
  return [...stepsLines, ...ownLines];
}

/** Source: docs.turso.tech/sdk/http/reference */
const TRANSACTION_MS = 5000;

/** How one tenant fared, for programs. */
export function broughtDocument({ tenant, result, ran, open, error }: Brought) {
  return {
    tenant,
    result,
    ran: ran.map(({ step, statements, ms }) => ({ step: nameOfStep(step), statements, ms })),
    open: open.map(nameOfStep),
    error: error ?? null,
  };
}

/** What ran for a tenant, and what did not. */
export function broughtWords({ result, ran, open }: Brought): string {
  const parts = [
    ...(ran.length === 0 ? [] : [`ran ${ran.map(({ step }) => nameOfStep(step)).join(", ")}`]),
    ...(open.length === 0 ? [] : [`open: ${open.map(nameOfStep).join(", ")}`]),
  ];
  return parts.length === 0 ? (result === "current" ? "unchanged" : "nothing") : parts.join("; ");
}
