import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { advance } from "../../operations/rollout/advance.ts";
import { returnTenants } from "../../operations/rollout/back.ts";
import { finishRollout } from "../../operations/rollout/finish.ts";
import type { GateFinding } from "../../operations/rollout/gates.ts";
import { openActive, openRollout } from "../../operations/rollout/opened.ts";
import { beginRing, newRecord } from "../../operations/rollout/rings.ts";
import { openStack } from "../../stack/context.ts";

const OLD = "ghcr.io/acme/agent:1";
const NEW = "ghcr.io/acme/agent:2";
const TENANTS = ["ada", "bob", "cyd", "dan", "eve"];
const ROLLOUT = `reason: agent 2 closes the index's lock
change: { machine: { image: "${NEW}" } }
rings: [{ canary: [ada] }, 75%, rest]
hold: [{ tenant: eve, until: 2027-01-31, reason: audit until January }]
`;
const FILES: Readonly<Record<string, string>> = {
  "Pulumi.yaml": "name: tenantry\nruntime: nodejs\n",
  "Pulumi.prod.yaml": [
    "config:",
    '  tenantry:fleetId: "0123456789abcdef0123456789abcdef"',
    "  tenantry:prefix: acme",
    "  tenantry:tursoOrganization: acme",
    "  tenantry:flyOrganization: acme",
    "",
  ].join("\n"),
  "tenants/plans.yaml": `standard:\n  machine:\n    image: ${OLD} # tested in May\n`,
  ...Object.fromEntries(
    TENANTS.map((id) => [`tenants/prod/${id}.yaml`, `owner: ${id}@acme.example # asks for changes\n`]),
  ),
  "rollouts/agent-2.yaml": ROLLOUT,
};

/** docs/examples/rollout.md: what the pull requests of one rollout change, made by the verbs' own code in a folder of its own. */
export async function rolloutPage(): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "tenantry-example-"));
  try {
    for (const [path, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text);
    }
    git(dir, "init", "--quiet", "--initial-branch=main");
    git(dir, "config", "core.autocrlf", "false");
    return [HEAD, ...(await sections(dir))].join("\n\n") + "\n";
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const HEAD = `# The pull requests of one rollout

Five tenants, one of them held; the rollout's file came by a pull request before:

\`\`\`yaml
${ROLLOUT.trimEnd()}
\`\`\`

Each pull request below is what one verb wrote. The plan's comment on each shows the image of each machine, old and new, as
for any other change of a tenant's file ([change.md](change.md)). \`node docs/generate.ts\` makes this page.`;

async function sections(dir: string): Promise<string[]> {
  const context = { ...openStack("prod", dir), home: join(dir, ".git/home") };
  const active = () => openActive(context, "agent-2", day(2));
  const next = (at: number, failed: readonly string[] = []) =>
    advance(active(), gates(failed), { now: day(at), untried: false });
  const steps: readonly (readonly [verb: string, what: string, step: () => unknown])[] = [
    [
      "rollout start agent-2 --stack prod",
      "The first ring.",
      () => {
        const opened = openRollout(context, "agent-2", day(1));
        return beginRing(opened, newRecord(opened, day(1)), day(1));
      },
    ],
    ["rollout next agent-2 --stack prod", "A day later: the gates of the canary hold.", () => next(2)],
    [
      "rollout next agent-2 --stack prod",
      "One of the two in the ring does not answer as it should; `halt` is 3, so the last ring is begun all the same.",
      () => next(3, ["dan", "cyd", "bob"].filter((id) => ids(active()).includes(id)).slice(0, 1)),
    ],
    [
      "rollout back agent-2 --stack prod",
      "Who failed has what it had, and nobody else is touched.",
      () => returnTenants(active(), { failed: new Set() }, day(3)),
    ],
    ["rollout next agent-2 --stack prod", "The gates of the last ring hold: only the record says so.", () => next(4)],
    [
      "rollout finish agent-2 --stack prod",
      "The plan has it; who stays has the old one as its own. The plan of this pull request is empty.",
      () => finishRollout(active(), day(4)),
    ],
  ];
  const written: string[] = [];
  for (const [verb, what, step] of steps) {
    git(dir, "add", "--all");
    git(dir, "-c", "user.name=acme", "-c", "user.email=ops@acme.example", "commit", "--quiet", "--message", verb);
    await step();
    git(dir, "add", "--all");
    const diff = git(dir, "diff", "--cached", "--no-color", "--no-ext-diff", "--abbrev=7", "--unified=1");
    written.push(`## \`npx tenantry ${verb}\`\n\n${what}\n\n\`\`\`diff\n${diff.trimEnd()}\n\`\`\``);
  }
  return written;
}

function ids({ view }: ReturnType<typeof openActive>): string[] {
  const open = view.rings.find(({ begun }) => begun !== undefined && begun.passed === undefined);
  return (open?.tenants ?? []).map(({ id }) => id);
}

function day(of: number): Date {
  return new Date(Date.UTC(2027, 0, of, 9));
}

/** What the gates say where machines run; here nothing runs. */
function gates(failed: readonly string[]) {
  return (tenants: readonly string[]): Promise<readonly GateFinding[]> =>
    Promise.resolve(
      tenants.map((tenant) =>
        failed.includes(tenant)
          ? { tenant, gate: "probe", verdict: "failed", words: "/healthz answers 500, not 200" }
          : { tenant, gate: "checks", verdict: "holds", words: "runs, its checks pass" },
      ),
    );
}

function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync("git", args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" },
  });
}
