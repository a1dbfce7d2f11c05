import { type Counts, killTable } from "../tests/container/kills/kill-table.ts";
import { machinesRun, whyNoMachine } from "../tests/container/machine.ts";

// `node bench/kills.ts`: what kills and stops under writing load leave of what the app had been told was written, as the
// table in docs/durability.md. Of each: files that were only closed, files that were synced, rows.
if (!machinesRun) throw new Error(whyNoMachine);
const told = ({ closed, synced, rows }: Counts) => `${closed} | ${synced} | ${rows}`;
const titles = ["event", "exit code", ...["closed", "synced", "rows", "closed, lost", "synced, lost", "rows, lost"]];
console.log(`| ${titles.join(" | ")} |\n|${" --- |".repeat(titles.length)}`);
for (const { event, exit, acknowledged, lost } of await killTable()) {
  console.log(`| ${event} | ${exit < 0 ? "none" : exit} | ${told(acknowledged)} | ${told(lost)} |`);
}
