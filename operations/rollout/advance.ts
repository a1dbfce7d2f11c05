import { TenantryError } from "../../errors/tenantry-error.ts";
import { failuresIn, halted, pinnedIn, type RolloutRecord, withMembers } from "../../rollouts/record.ts";
import { writeRecord } from "../../rollouts/records.ts";
import { rolloutErrors } from "./errors.ts";
import type { GateFinding } from "./gates.ts";
import type { Opened } from "./opened.ts";
import { beginRing, completeRing, nextRing, type RingWritten } from "./rings.ts";
import { counted } from "../../output/counted.ts";

/** What came of `rollout next`. */
export interface Advanced {
  readonly findings: readonly GateFinding[];
  /** The ring that is through its gates now; undefined: there was none to pass. */
  readonly passed: string | undefined;
  /** The ring whose files were written; undefined: every ring is through. */
  readonly written: RingWritten | undefined;
}

/**
 * Takes a rollout one step further: completes what a killed run left, else asks the gates of the last ring, notes what they say,
 * and begins the ring whose turn it is. Throws ROLLOUT_HALTED, ROLLOUT_GATE_OPEN.
 *
 * @param ask the gates of the tenants that are named
 * @param untried go on although nothing of the ring has run the new value, because every machine sleeps
 */
export async function advance(
  opened: Opened & { readonly record: RolloutRecord },
  ask: (tenants: readonly string[]) => Promise<readonly GateFinding[]>,
  { now, untried }: { readonly now: Date; readonly untried: boolean },
): Promise<Advanced> {
  const { record, rollout, context } = opened;
  refuseHalted(record);
  const completed = completeRing(opened);
  if (completed !== undefined) return { findings: [], passed: undefined, written: completed };
  const ring = openRing(opened);
  if (ring === undefined) return { findings: [], passed: undefined, written: beginRing(opened, record, now) };
  const findings = await ask(ring.tenants);
  const noted = { ...withFailures(record, ring.tenants, findings), halt: rollout.halt };
  const failures = failuresIn(noted);
  if (failures >= rollout.halt) {
    const reason = `${counted(failures, "tenant")} failed, and \`halt\` is ${rollout.halt}`;
    writeRecord(context.projectDir, halted(noted, reason, now));
    throw new TenantryError(rolloutErrors.ROLLOUT_HALTED, [reason, ...linesOf(findings, "failed")].join("\n  "));
  }
  const waits = [
    ...linesOf(findings, "open"),
    ...(untried ? [] : untriedLines(findings, ring.name)),
    ...nobodyLines(findings, ring.name),
  ];
  if (waits.length > 0) {
    writeRecord(context.projectDir, noted);
    throw new TenantryError(rolloutErrors.ROLLOUT_GATE_OPEN, [`the ring ${ring.name}`, ...waits].join("\n  "));
  }
  const passed = withPassed(noted, ring.name, findings, now);
  if (nextRing(opened.view) === undefined) {
    writeRecord(context.projectDir, passed);
    return { findings, passed: ring.name, written: undefined };
  }
  return { findings, passed: ring.name, written: beginRing(opened, passed, now) };
}

/** Throws ROLLOUT_HALTED. */
export function refuseHalted({ halted: since, rollout }: RolloutRecord): void {
  if (since !== undefined)
    throw new TenantryError(rolloutErrors.ROLLOUT_HALTED, `${rollout}, since ${since.at}: ${since.reason}`);
}

/** Lets a halted rollout go on: what failed before counts no more, and who was returned has a turn again. */
export function liftHalt({ context, record }: Opened & { readonly record: RolloutRecord }, now: Date): void {
  const { halted: _, ...rest } = record;
  const forgiven = withMembers(rest, pinnedIn(rest).keys(), ({ failed: __, ...member }) => member);
  writeRecord(context.projectDir, { ...forgiven, lifted: now.toISOString() });
}

/** The ring that is not through its gates, with whom they are asked of; who was returned has nothing to show. */
function openRing({ view }: Opened): { name: string; tenants: readonly string[] } | undefined {
  const ring = view.rings.find(({ begun }) => begun !== undefined && begun.passed === undefined);
  if (ring === undefined) return undefined;
  return { name: ring.name, tenants: ring.tenants.flatMap(({ id, phase }) => (phase === "pinned" ? [id] : [])) };
}

function withFailures(
  record: RolloutRecord,
  asked: readonly string[],
  findings: readonly GateFinding[],
): RolloutRecord {
  const failed = new Map(
    findings.flatMap(({ tenant, verdict, words }) => (verdict === "failed" ? [[tenant, words] as const] : [])),
  );
  return withMembers(record, asked, ({ failed: _, ...member }, id) => {
    const words = failed.get(id);
    return words === undefined ? member : { ...member, failed: words };
  });
}

function withPassed(record: RolloutRecord, name: string, findings: readonly GateFinding[], now: Date): RolloutRecord {
  const count = (gate: GateFinding["gate"], verdict: GateFinding["verdict"]) =>
    findings.filter((each) => each.gate === gate && each.verdict === verdict).length;
  const gates = [...new Set(findings.map(({ gate }) => gate))];
  const found = gates.map((gate) => {
    const others = (["failed", "asleep"] as const).flatMap((verdict) => {
      const times = count(gate, verdict);
      return times === 0 ? [] : [`${times} ${verdict}`];
    });
    return [`${gate}: ${count(gate, "holds")} hold`, ...others].join(", ");
  });
  const rings = record.rings.map((ring) => (ring.name === name ? { ...ring, passed: now.toISOString(), found } : ring));
  return { ...record, rings };
}

function linesOf(findings: readonly GateFinding[], verdict: GateFinding["verdict"]): string[] {
  return findings.filter((each) => each.verdict === verdict).map(({ tenant, words }) => `${tenant}: ${words}`);
}

/** Silence is no proof: a ring of machines that all sleep says nothing of the new value. */
function untriedLines(findings: readonly GateFinding[], ring: string): string[] {
  const isAsleep = findings.length > 0 && findings.every(({ verdict }) => verdict === "asleep");
  return isAsleep
    ? [`every machine of ${ring} is idle, so none has run the new value; send a request to one, or use --untried`]
    : [];
}

/** A ring in which everybody has failed is no reason to go on, however few they are. */
function nobodyLines(findings: readonly GateFinding[], ring: string): string[] {
  const failed = new Set(findings.filter(({ verdict }) => verdict === "failed").map(({ tenant }) => tenant));
  const isSomebodyWell = findings.some(({ tenant, verdict }) => verdict === "holds" && !failed.has(tenant));
  return failed.size === 0 || isSomebodyWell
    ? []
    : [...linesOf(findings, "failed"), `no tenant of ${ring} is healthy: fix the cause, or run \`rollout back\``];
}
