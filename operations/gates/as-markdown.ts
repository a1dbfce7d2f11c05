import type { GateResult, Table } from "./gate.ts";
import type { GatesReport } from "./run.ts";

/**
 * The run as Markdown: the answer, the table of all gates, then each that was measured. Pure.
 *
 * @param others runs under other networks, each a column of the table; the answer does not depend on them
 */
export function asMarkdown(report: GatesReport, others: readonly GatesReport[] = []): string {
  return [
    answerOf(report).join(" "),
    conditionsOf(report),
    ...others.map((other) => `The column \`${other.network}\`: ${conditionsOf(other)}`),
    table({
      head: ["phase", "gate", "threshold", "measured", "verdict", ...others.map(({ network }) => `\`${network}\``)],
      rows: report.gates.map((gate) => [
        gate.phase,
        `${gate.name} (\`${gate.id}\`)`,
        wantedOf(gate),
        measuredOf(gate),
        gate.verdict,
        ...others.map(({ gates }) => underAnother(gates.find(({ id }) => id === gate.id))),
      ]),
    }),
    ...report.gates.map(section),
  ].join("\n\n");
}

function underAnother(gate: GateResult | undefined): string {
  return gate === undefined || gate.value === null ? "" : measuredOf(gate);
}

/** The answer in three sentences: what does not hold, what does, what is open; then what other ways would lose. Pure. */
export function answerOf({ gates, quick, network }: Pick<GatesReport, "gates" | "quick" | "network">): string[] {
  const of = (verdict: GateResult["verdict"], isAlternative = false) =>
    gates.filter((gate) => gate.verdict === verdict && (gate.isAlternative ?? false) === isAlternative);
  const names = (list: readonly GateResult[]) =>
    list.map(({ name, value, unit }) => (value === null ? name : `${name} (${value} ${unit})`)).join(", ");
  const [go, no, open] = [of("GO"), of("NO-GO"), [...of("NOT MEASURED"), ...of("NOT MEASURED", true)]];
  const missed = of("NO-GO", true);
  const first =
    no.length > 0
      ? `NO-GO as shipped: ${names(no)} ${no.length === 1 ? "misses its threshold" : "miss their thresholds"}.`
      : `GO for all that was measured${quick ? ", by a quick run that proves nothing" : ""}.`;
  const second = go.length === 0 ? "No threshold is met." : `Met under the network \`${network}\`: ${names(go)}.`;
  const third = open.length === 0 ? "Nothing is left unmeasured." : `Not measured: ${names(open)}.`;
  const fourth = missed.length === 0 ? [] : [`NO-GO for the alternatives: ${names(missed)}.`];
  return [first, second, third, ...fourth];
}

function conditionsOf({ stack, cloud, measuredAt, seconds, quick, network, machine }: GatesReport): string {
  const { cores, memoryGb, node, load } = machine;
  return `Stack ${stack} on the ${cloud} cloud, ${measuredAt.slice(0, 16).replace("T", " ")} UTC, ${quick ? "a quick run" : "a full run"} of ${seconds} s, network \`${network}\`; ${cores} cores, ${memoryGb} GB, Node ${node}, load ${load.join(", ")} at its end; the cloud runs on the same cores.`;
}

/** `at most 500 ms`; nothing for what is only reported. */
export function wantedOf({ threshold, unit, good }: Pick<GateResult, "threshold" | "unit" | "good">): string {
  return threshold === null ? "none" : `${good === "below" ? "at most" : "at least"} ${threshold} ${unit}`;
}

export function measuredOf({ value, unit, why }: Pick<GateResult, "value" | "unit" | "why">): string {
  return value === null ? (why ?? "") : `${value} ${unit}`;
}

function section(gate: GateResult): string {
  const { name, id, question, conditions, repeat, cannotTell, detail } = gate;
  return [
    `## ${name}`,
    `${question} **${gate.verdict}**: ${measuredOf(gate)}; threshold: ${wantedOf(gate)}.`,
    ...(detail === undefined || detail.rows.length === 0 ? [] : [table(detail)]),
    [
      conditions === "" ? "" : `Conditions: ${conditions}.`,
      `Repeat: \`${repeat}\` (\`${id}\`).`,
      cannotTell === "" ? "" : `Not covered: ${cannotTell}`,
    ]
      .filter((part) => part !== "")
      .join(" "),
  ].join("\n\n");
}

/** A table; what would end a cell or a line is made harmless. */
export function table({ head, rows }: Table): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll(/\s+/g, " ")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
