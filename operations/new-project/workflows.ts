import { PACKAGE_DIR } from "./package-name.ts";

/** The workflows a project gets: those that look after tenants. The others build tenantry itself. */
export const PROJECT_WORKFLOWS: readonly string[] = [
  "plan.yml",
  "apply.yml",
  "drift.yml",
  "rotate.yml",
  "snapshots.yml",
  "restores.yml",
  "expire.yml",
  "rollout.yml",
  "stacks.yml",
];

/** A workflow of this repository as a project has it: the scripts are the package's. Pure. */
export function workflowOfProject(text: string): string {
  return text
    .replaceAll(/node \.github\/scripts\/([a-z-]+)\.[jt]s/g, `node ${PACKAGE_DIR}/.github/scripts/$1.js`)
    .replaceAll("docs/", `${PACKAGE_DIR}/docs/`);
}

/** The action that installs what the workflows need, for a project. Pure. */
export function actionOfProject(text: string): string {
  return text
    .replace("'package-lock.json', 'tools/**/go.mod', 'tools/**/go.sum'", "'package-lock.json'")
    .replace("tools/install.sh run", "npm ci && npx tenantry setup");
}
