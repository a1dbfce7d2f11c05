import { paint, table } from "../../output/terminal.ts";
import { KINDS } from "./party.ts";
import { endOf, type Row, type VerifyReport } from "./report.ts";
import { counted } from "../../output/counted.ts";

/** The table of what was tried, and below it what got through. */
export function asText(report: VerifyReport): string {
  const { rows, difference, left, leftOut, outsideOnly = [] } = report;
  return [
    table(["who", "what", "expected", "seen"], rows.map(lineOf)),
    "",
    ...rows.flatMap(casesOf),
    ...leftOut.map(({ tenant, why }) => `${tenant} is left out: it ${why}`),
    ...[...Map.groupBy(outsideOnly, ({ why }) => why)].map(
      ([why, all]) => `nothing is tried from inside of ${all.map(({ tenant }) => tenant).join(", ")}: ${why}`,
    ),
    ...left.map((what) => `${paint("red", "left")}  ${what}`),
    ...(difference === undefined ? [] : differenceLines(difference)),
    summaryOf(report),
  ].join("\n");
}

function lineOf(row: Row): string[] {
  const { who, what, expected, attempts, seen } = row;
  const end = endOf(row);
  const words = `${seen[expected]} of ${attempts} ${expected}`;
  const colour = end === "as expected" ? "green" : end === "unclear" ? "yellow" : "red";
  return [KINDS[who], what, expected, paint(colour, end === "as expected" ? words : `${words}: ${end}`)];
}

function casesOf(row: Row): string[] {
  return row.cases.map(
    ({ attacker, target, seen, said }) =>
      `${paint(seen === "allowed" ? "red" : "yellow", endOf(row))}  ${row.what}, by ${KINDS[row.who]} of ${attacker}` +
      `${attacker === target ? "" : `, on ${target}`}: ${said}  ${paint("bold", row.id)}`,
  );
}

function differenceLines({ since, changed }: NonNullable<VerifyReport["difference"]>): string[] {
  if (changed.length === 0) return [`no difference to the last run (${since})`];
  return changed.map(({ id, who, before, now }) => `${id}, ${KINDS[who]}: was ${before}, is ${now} (since ${since})`);
}

/** `1494 attempts between 3 tenants in 2.6 s, seed x: 0 got through, 0 unclear`. */
export function summaryOf({ attempts, tenants, seconds, seed, through, unclear }: VerifyReport): string {
  return `${attempts} attempts between ${counted(tenants.length, "tenant")} in ${seconds} s, seed ${seed}: ${through} got through, ${unclear} unclear`;
}
