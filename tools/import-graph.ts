// import-graph.ts: prints the rooms of the code from the ground up, the arrows between them, and what breaks their order.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

import ts from "typescript";

/** What the vendors of the embedded cloud are built on. */
const LOCAL_GROUND = [
  "errors",
  "fidelity",
  "folded-names",
  "in-turn",
  "loopback-call",
  "network",
  "store",
  "surface",
  "switches",
]
  .map((name) => `local/${name}.ts`)
  .join(" ");

/**
 * The rooms from the ground up, each as the paths it holds; the longest path that fits a file tells its room. A room may
 * import from every room of a line above its own, and from no other.
 */
export const ORDER: readonly (readonly string[])[] = [
  ["output/printable.ts"],
  ["errors/", "tools/"],
  [
    "stack/stack-name.ts stack/errors.ts stack/made-folder.ts stack/unwritable.ts",
    "provider/clock.ts provider/rotation.ts",
    "container/",
    "processes/",
    "resource-kinds/",
  ],
  ["tenants/"],
  ["output/"],
  ["stack/"],
  ["tenants/edits/"],
  ["rollouts/"],
  ["provider/http/"],
  ["provider/plugin/", "provider/schema-halt.ts"],
  ["provider/fly/", "provider/tigris/", "provider/turso/"],
  ["provider/"],
  ["components/", "policies/", "cost/", LOCAL_GROUND],
  ["local/fly/", "local/tigris/", "local/turso/"],
  ["local/", "index.ts"],
  ["operations/engine/"],
  ["operations/history/"],
  ["operations/changed/"],
  ["drift", "files", "fleet", "machines", "new-project", "review", "teardown"].map((name) => `operations/${name}/`),
  ["operations/canary/", "operations/handover/", "operations/report/", "operations/rollout/", "operations/verify/"],
  ["operations/snapshots/"],
  ["operations/schema/"],
  ["operations/gates/"],
  ["operations/bench/"],
  ["cli/"],
];

export interface Arrow {
  readonly from: string;
  readonly to: string;
}

/** Its imports are lazy: a verb is loaded when it is called. */
const LAZY = "cli/verbs.ts";

/** Every import between two files of the product, type-only ones too. */
export function importsOf(projectDir: string): Arrow[] {
  const list = ["ls-files", "--cached", "--others", "--exclude-standard", "*.ts"];
  const files = execFileSync("git", list, { cwd: projectDir, encoding: "utf8" }).trim().split("\n");
  return files
    .filter((file) => roomOf(file) !== undefined && file !== LAZY)
    .flatMap((from) =>
      ts
        .preProcessFile(readFileSync(join(projectDir, from), "utf8"))
        .importedFiles.filter(({ fileName }) => fileName.startsWith("."))
        .map(({ fileName }) => ({ from, to: join(dirname(from), fileName) })),
    );
}

/** Each path with its room, the longest first. */
const PATHS = ORDER.flat()
  .flatMap((room) => room.split(" ").map((path) => ({ room, path })))
  .sort((one, other) => other.path.length - one.path.length);

/** The room of a file, `undefined` for tests, measurements and documents. */
export function roomOf(file: string): string | undefined {
  return PATHS.find(({ path }) => file === path || (path.endsWith("/") && file.startsWith(path)))?.room;
}

/** Imports from a room that is not below the importing one. */
export function againstTheOrder(arrows: readonly Arrow[]): Arrow[] {
  const rank = (file: string) => ORDER.findIndex((line) => line.includes(roomOf(file) ?? ""));
  return arrows.filter(({ from, to }) => roomOf(from) !== roomOf(to) && rank(from) <= rank(to));
}

/** Files that import each other in a circle, each circle once. */
export function circlesIn(arrows: readonly Arrow[]): string[][] {
  const imported = Map.groupBy(arrows, ({ from }) => from);
  const state = new Map<string, "open" | "done">();
  const circles: string[][] = [];
  const visit = (file: string, path: readonly string[]) => {
    if (state.get(file) === "open") circles.push(path.slice(path.indexOf(file)));
    if (state.has(file)) return;
    state.set(file, "open");
    for (const { to } of imported.get(file) ?? []) visit(to, [...path, file]);
    state.set(file, "done");
  };
  for (const file of imported.keys()) visit(file, []);
  return circles;
}

function print(projectDir: string): void {
  const arrows = importsOf(projectDir);
  const between = Map.groupBy(
    arrows.filter(({ from, to }) => roomOf(from) !== roomOf(to)),
    ({ from, to }) => `${roomOf(from) ?? ""} -> ${roomOf(to) ?? to}`,
  );
  for (const line of ORDER) console.log(line.join("  "));
  console.log("");
  for (const [arrow, imports] of [...between].sort()) console.log(`${arrow}  ${imports.length}`);
  const wrong = againstTheOrder(arrows);
  const circles = circlesIn(arrows);
  console.log(
    `\n${between.size} arrows, ${wrong.length} imports against the order, ${circles.length} circles of files`,
  );
  for (const { from, to } of wrong) console.log(`${from} imports ${to}`);
  for (const circle of circles) console.log(circle.join(" -> "));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) print(join(import.meta.dirname, ".."));
