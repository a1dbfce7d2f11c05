import { readFileSync, statSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { startCloud } from "../tests/support/cloud.ts";
import { type Ran, scratchProject } from "../tests/support/scratch-project.ts";

/**
 * `node bench/changes.ts [--tenants 100,400] [--rounds 3] [--write docs/performance.md]`: what a change costs in a fleet that
 * is settled: a plan of nothing, a plan of one, adding one, each against the same with a look at all, in turn in one run.
 * Prints JSON; `--write` puts the rows between the page's marks `changes:begin` and `changes:end`.
 */
const { values } = parseArgs({
  options: {
    tenants: { type: "string", default: "100,400" },
    rounds: { type: "string", default: "3" },
    write: { type: "string" },
  },
});
const OWNER = "owner: team@example.com\n";

interface Figures {
  readonly tenants: number;
  readonly upAllNew: number;
  readonly planNothing: number[];
  readonly previewAll: number[];
  readonly planOne: number[];
  readonly addOne: number[];
  readonly addOneLookAtAll: number[];
  readonly stateBytesPerTenant: number;
}

const rounds = Number(values.rounds);
const found: Figures[] = [];
for (const tenants of values.tenants.split(",").map(Number)) found.push(await measured(tenants));

const conditions = {
  rounds,
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  load: loadavg()[0],
};
console.log(JSON.stringify({ conditions, figures: found }, null, 2));
if (values.write !== undefined) writeRows(values.write);

async function measured(tenants: number): Promise<Figures> {
  const cloud = await startCloud();
  const project = scratchProject(cloud.home);
  const state = join(cloud.home, "state/.pulumi/stacks/tenantry/local.json");
  try {
    for (let index = 0; index < tenants; index += 1) project.tenant(`tenant-${String(index).padStart(5, "0")}`, OWNER);
    const upAllNew = await ended(0, () => project.tenantry("up"));
    const stateBytesPerTenant = Math.round(statSync(state).size / tenants);
    const lists = { planNothing: [], previewAll: [], planOne: [], addOne: [], addOneLookAtAll: [] } as Record<
      Exclude<keyof Figures, "tenants" | "upAllNew" | "stateBytesPerTenant">,
      number[]
    >;
    for (let round = 0; round < rounds; round += 1) {
      lists.planNothing.push(await ended(0, () => project.tenantry("plan", "--no-refresh")));
      lists.previewAll.push(await ended(0, () => project.pulumi("preview", "--skip-plugin-pre-install")));
      project.tenant(`one-${round}`, OWNER);
      lists.planOne.push(await ended(2, () => project.tenantry("plan", "--no-refresh")));
      lists.addOne.push(await ended(0, () => project.tenantry("up", "--no-refresh")));
      project.tenant(`two-${round}`, OWNER);
      lists.addOneLookAtAll.push(await ended(0, () => project.tenantry("up", "--no-refresh", "--all")));
      console.error(`${tenants} tenants, round ${round + 1} of ${rounds}: ${JSON.stringify(lists)}`);
    }
    return { tenants, upAllNew, stateBytesPerTenant, ...lists };
  } finally {
    project.dispose();
    await cloud.dispose();
  }
}

/** Seconds. Throws when it ends otherwise. */
async function ended(code: number, run: () => Promise<Ran>): Promise<number> {
  const started = performance.now();
  const ran = await run();
  if (ran.code !== code)
    throw new Error(`ended with ${String(ran.code)}: ${ran.stdout.slice(-2000)}${ran.stderr.slice(-2000)}`);
  return Math.round((performance.now() - started) / 10) / 100;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? NaN;
}

/** One row per size; the ratios are of medians. */
function row(figures: Figures): string {
  const { tenants, upAllNew, stateBytesPerTenant, planNothing, previewAll, planOne, addOne, addOneLookAtAll } = figures;
  const [nothing, preview, one, added, all] = [planNothing, previewAll, planOne, addOne, addOneLookAtAll].map(median);
  const ratio = (part = NaN, whole = NaN) => (part / whole).toFixed(2);
  const seconds = [nothing, preview, one, added, all, upAllNew].map((each = NaN) => each.toFixed(1));
  const ratios = [ratio(nothing, preview), ratio(one, preview), ratio(added, all)];
  return `| ${[tenants, ...seconds, ...ratios, stateBytesPerTenant].join(" | ")} |`;
}

function writeRows(page: string): void {
  const head = [
    ...[
      "tenants",
      "plan of nothing",
      "`pulumi preview`",
      "plan of one",
      "add one",
      "add one, `--all`",
      "`up`, all new",
    ],
    ...["nothing : preview", "one : preview", "add : `--all`", "state per tenant, bytes"],
  ];
  const { cores, memoryGb, node, load = NaN } = conditions;
  const lines = [
    `Medians of ${rounds} rounds, in seconds; ${cores} cores, ${memoryGb} GB, Node ${node}, load ${load.toFixed(1)} at the end.`,
    "",
    `| ${head.join(" | ")} |`,
    `| ${head.map(() => "---").join(" | ")} |`,
    ...found.map(row),
  ];
  const marks = /(<!-- changes:begin -->\n)[^]*(\n<!-- changes:end -->)/;
  const text = readFileSync(page, "utf8");
  if (!marks.test(text)) throw new Error(`${page} has no marks changes:begin and changes:end`);
  writeFileSync(
    page,
    text.replace(marks, (_, begin: string, end: string) => `${begin}\n${lines.join("\n")}\n${end}`),
  );
}
