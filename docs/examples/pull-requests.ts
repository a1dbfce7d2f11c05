import type { PullRequestRun, TeamForge } from "../../tests/support/forge/team-forge.ts";
import type { JobRun } from "../../tests/support/forge/workflow.ts";
import type { TeamProject } from "../../tests/support/team-project.ts";

/** A page of docs/examples. */
export interface Page {
  readonly page: string;
  readonly text: string;
}

interface Example {
  readonly page: string;
  readonly title: string;
  readonly about: string;
  readonly edit: (project: TeamProject) => unknown;
}

/** The fleet before any of them. */
const FLEET: Readonly<Record<string, string>> = {
  "lighthouse-bakery": "owner: ops@lighthouse-bakery.example\nregion: iad\n",
  "nightjar-radio": "owner: studio@nightjar-radio.example\nregion: fra\nmachine:\n  memoryMb: 1024\n",
  "tin-can-robotics": "owner: lab@tin-can-robotics.example\nregion: iad\ndatabase: { engine: none }\n",
};

const EXAMPLES: readonly Example[] = [
  {
    page: "add.md",
    title: "Add paper-lantern",
    about: "A new tenant: one new file.",
    edit: ({ tenantry }) =>
      tenantry("new", "paper-lantern", "--owner", "hello@paper-lantern.example", "--region", "lhr"),
  },
  {
    page: "change.md",
    title: "Give nightjar-radio more memory, and debug logs",
    about: "A setting changed and one added in a tenant's file.",
    edit: (project) => {
      const text = FLEET["nightjar-radio"] ?? "";
      project.tenant("nightjar-radio", `${text.replace("1024", "2048")}  env: { LOG_LEVEL: debug }\n`);
    },
  },
  {
    page: "rotate.md",
    title: "Revoke lighthouse-bakery's credentials",
    about: "An incident: `npx tenantry rotate lighthouse-bakery` raised the tenant's epoch.",
    edit: ({ tenantry }) => tenantry("rotate", "lighthouse-bakery"),
  },
  {
    page: "drop.md",
    title: "Remove tin-can-robotics",
    about: "Somebody removed the file of a tenant that exists. The check is red and this is why.",
    edit: (project) => {
      project.removeTenant("tin-can-robotics", "dev");
    },
  },
];

/** Brings the fleet up by a pull request of its own, merged. */
export async function founded(forge: TeamForge): Promise<{ opened: PullRequestRun; applied: readonly JobRun[] }> {
  const opened = await forge.open("The first three tenants", (project) => {
    for (const [id, text] of Object.entries(FLEET)) project.tenant(id, text);
  });
  return { opened, applied: await forge.merge(opened.number) };
}

/** Opens the pull requests one after the other, merges none, and answers the page of what each was told. */
export async function examplesOf(forge: TeamForge): Promise<Page[]> {
  const pages: Page[] = [];
  for (const { page, title, about, edit } of EXAMPLES) {
    pages.push({ page, text: pageOf(title, about, await forge.open(title, edit)) });
  }
  return pages;
}

function pageOf(title: string, about: string, { comment = "", labels, jobs }: PullRequestRun): string {
  const checks = jobs.map(({ job, result }) => `${job} ${result === "success" ? "✅" : "❌"}`).join(", ");
  const signs = `Labels: ${labels.map((label) => `\`${label}\``).join(", ")}. Checks: ${checks}.`;
  return `# ${title}\n\n${about} ${signs} The comment:\n\n---\n\n${settled(comment)}`;
}

/** The same text whenever it is made: hashes and times are not. */
function settled(text: string): string {
  return text
    .replaceAll(/sha256:[0-9a-f]{64}/g, `sha256:${"0123456789abcdef".repeat(4)}`)
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, "2026-01-01T09:00:00Z");
}
