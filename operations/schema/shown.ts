import { lint, type LintFinding } from "../../tenants/schemas/lint.ts";
import { nameOfMigration } from "../../tenants/schemas/migration.ts";
import type { SchemaStep } from "../../tenants/schemas/steps.ts";
import { shownLines } from "../../output/shown.ts";
import type { Brought } from "./bring.ts";
import type { Rehearsal } from "./rehearse.ts";
import type { SchemaState } from "./survey.ts";

/** One tenant's schema, for programs. */
export function statusDocument({ tenant, declared, found, is, last, steps, error }: SchemaState) {
  return {
    tenant,
    ...declared,
    found,
    is,
    last:
      last === undefined ? null : { migration: nameOfMigration(last), applied: last.applied, revision: last.revision },
    due: steps.map(nameOfStep),
    error: error ?? null,
  };
}

/** `0014_add_index`, or `0014_add_index back`. */
export function nameOfStep({ direction, migration }: SchemaStep): string {
  return `${nameOfMigration(migration)}${direction === "down" ? " back" : ""}`;
}

/** The same steps for the same tenants. */
interface Group {
  readonly tenants: readonly string[];
  readonly from: string;
  readonly order: string;
  readonly found: number | null;
  readonly version: number;
  readonly steps: readonly SchemaStep[];
}

/** What would run where: tenants with the same steps are told together. */
export function planGroups(states: readonly SchemaState[]): readonly Group[] {
  const due = states.filter(({ steps }) => steps.length > 0);
  const alike = Map.groupBy(due, ({ declared, found, is }) => JSON.stringify([declared, found, is]));
  return [...alike.values()].flatMap((each) => {
    const [first] = each;
    if (first === undefined) return [];
    const { declared, found, steps } = first;
    return [{ tenants: each.map(({ tenant }) => tenant), ...declared, found, steps }];
  });
}

/** What would run where, for programs. */
export function planDocument(states: readonly SchemaState[]) {
  return planGroups(states).map(({ steps, ...group }) => ({
    ...group,
    steps: steps.map((step) => ({
      migration: nameOfMigration(step.migration),
      direction: step.direction,
      ...looked(step),
    })),
  }));
}

/** What would run where, for people. */
export function planText(states: readonly SchemaState[]): string {
  const groups = planGroups(states).map(({ tenants, found, version, order, steps }) => {
    const first = order === "schema-first" ? "before their machines change" : "after their machines are well";
    const head = `${tenants.join(", ")}: version ${found ?? "none"} -> ${version}, ${first}`;
    return [head, ...steps.flatMap(stepLines)].join("\n");
  });
  const kept = states.filter(({ is }) => is === "refused" || is === "unknown" || is === "closed");
  const others = kept.map(({ tenant, is, error }) => `${tenant}: ${is}${error === undefined ? "" : `, ${error}`}`);
  if (groups.length + others.length === 0) return "every schema is as declared";
  return [...groups, ...others].join("\n\n");
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
  return [...alike].map(([name, each]) => {
    const slowest = each.reduce((one, other) => (other.ms > one.ms ? other : one));
    const slow = slowest.ms > TRANSACTION_MS ? `; Turso ends a transaction after ${TRANSACTION_MS / 1000} s` : "";
    return `${name}: well on ${each.length} clones, at most ${slowest.ms} ms (${slowest.tenant}, ${slowest.rows} rows)${slow}`;
  });
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
