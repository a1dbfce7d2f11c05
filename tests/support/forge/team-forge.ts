import { execFileSync } from "node:child_process";
import { cpSync, globSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";

import { createAccessKey } from "@tigrisdata/iam";

import { toolsEnvironment } from "../../../tools/environment.ts";
import { dataOf, iamFor } from "../../local/tigris/clients.ts";
import type { TestCloud } from "../cloud.ts";
import { SECRETS_PROVIDER } from "../key-service.ts";
import { TEAM_STACK, type TeamProject, teamProject } from "../team-project.ts";
import { verbsBySocket } from "../warm/by-socket.ts";
import { type GitHubApi, REPOSITORY, startGitHubApi } from "./github-api.ts";
import { type JobRun, runWorkflow } from "./workflow.ts";

const ROOT = join(import.meta.dirname, "../../..");
const REPOSITORY_ID = 1;
const READS_ONLY = new Set(["plan.yml", "drift.yml"]);

/** A team's project with a bare repository and GitHub's desk beside it: pull requests, workflows, no network. */
export interface TeamForge {
  readonly project: TeamProject;
  readonly api: GitHubApi;
  /** What the workflows work on: the repository variable TENANTRY_STACKS. */
  readonly stacks: string[];
  /** Commits what `edit` does to a checkout of `main` on a branch of its own, opens a pull request and runs plan.yml. */
  open(title: string, edit: (project: TeamProject) => unknown, from?: string): Promise<PullRequestRun>;
  /** Merges it and runs apply.yml. */
  merge(number: number): Promise<JobRun[]>;
  /** Commits on `main` what `edit` does, past every review. Runs nothing. */
  pushToMain(title: string, edit: (project: TeamProject) => void): void;
  /** Runs a workflow on `main`. */
  onMain(workflow: string, event?: string): Promise<JobRun[]>;
  dispose(): Promise<void>;
}

export interface PullRequestRun {
  readonly number: number;
  readonly jobs: readonly JobRun[];
  /** The one comment; undefined when there is none. */
  readonly comment: string | undefined;
  readonly labels: readonly string[];
}

interface RunContext {
  readonly sha: string;
  readonly pull?: number;
  /** The repository that the pull request comes from. */
  readonly from?: string;
  /** The commit that a push began at. Default: the one before. */
  readonly before?: string;
}

/** The stack `dev` is made, and has no tenant yet. */
export async function teamForge(cloud: TestCloud): Promise<TeamForge> {
  const project = await teamProject(cloud, { verbs: "warm", secrets: "key service" });
  const verbs = await verbsBySocket();
  const api = await startGitHubApi();
  const folders: string[] = [];
  const folder = (name: string) => {
    const path = mkdtempSync(join(tmpdir(), `tenantry-${name}-`));
    folders.push(path);
    return path;
  };
  for (const name of [".github", "cli", "policies"]) symlinkSync(join(ROOT, name), join(project.dir, name));
  const made = await project.pulumi("stack", "init", "--secrets-provider", SECRETS_PROVIDER);
  if (made.code !== 0) throw new Error(made.stderr);

  const readOnlyState = await readOnlyKey(cloud);
  const git = (...args: string[]) => gitIn(project.dir, args);
  const remote = folder("remote");
  gitIn(remote, ["init", "--quiet", "--bare", "--initial-branch", "main"]);
  git("init", "--quiet", "--initial-branch", "main");
  git("remote", "add", "origin", remote);
  const commit = (branch: string, title: string) => {
    git("add", "--all");
    git("commit", "--quiet", "--allow-empty", "--message", title);
    git("push", "--quiet", "origin", branch);
    return git("rev-parse", "HEAD");
  };
  commit("main", "A fleet");

  /** What was uploaded, each under its name. */
  const artifacts = folder("artifacts");
  let runs = 0;
  const stacks: string[] = [TEAM_STACK];
  const runAt = async (workflow: string, event: string, context: RunContext) => {
    const { sha, pull, from = REPOSITORY, before = `${sha}^` } = context;
    const run = ++runs;
    const isOwn = from === REPOSITORY;
    const contexts = {
      github: {
        token: "the-workflow-s-token",
        repository: REPOSITORY,
        ref: pull === undefined ? "refs/heads/main" : `refs/pull/${pull}/merge`,
        event_name: event,
        actor: "ada",
        event: {
          ...(event === "push" ? { before: git("rev-parse", before) } : {}),
          ...(pull === undefined ? {} : { pull_request: { number: pull, head: { sha, repo: { full_name: from } } } }),
        },
      },
      vars: {
        TENANTRY_STACKS: JSON.stringify(stacks),
        PULUMI_BACKEND_URL: project.env["PULUMI_BACKEND_URL"] ?? "",
      },
      secrets: isOwn ? { ...secretsOf(project.env), ...(READS_ONLY.has(workflow) ? readOnlyState : {}) } : {},
    };
    return runWorkflow(join(ROOT, ".github/workflows", workflow), contexts, () => {
      const dir = folder("checkout");
      gitIn(dir, ["clone", "--quiet", remote, "."]);
      gitIn(dir, ["checkout", "--quiet", sha]);
      const named = ({ name }: Readonly<Record<string, unknown>>) => name as string;
      return {
        dir,
        env: { ...runnerEnvironment(folder("home"), { sha, event, api }, project.env), ...verbs.env },
        actions: {
          "actions/upload-artifact"(inputs) {
            const kept = join(artifacts, named(inputs));
            const from = join(dir, inputs["path"] as string);
            // Of a folder what is in it, of a file the file.
            cpSync(from, statSync(from).isDirectory() ? kept : join(kept, basename(from)), { recursive: true });
            const workflow_run = {
              id: run,
              head_sha: sha,
              repository_id: REPOSITORY_ID,
              head_repository_id: isOwn ? 1 : 2,
            };
            api.access.artifacts.push({ id: run, name: named(inputs), expired: false, workflow_run });
          },
          "actions/download-artifact"(inputs) {
            const { pattern, path = "." } = inputs as Readonly<Record<string, string>>;
            const meant = pattern === undefined ? [named(inputs)] : globSync(pattern, { cwd: artifacts });
            for (const each of meant) cpSync(join(artifacts, each), join(dir, path), { recursive: true });
          },
        },
      };
    });
  };

  return {
    project,
    api,
    stacks,
    async open(title, edit, from) {
      git("checkout", "--quiet", "-b", `branch-${runs}`, "main");
      await edit(project);
      const sha = commit(`branch-${runs}`, title);
      git("checkout", "--quiet", "main");
      const { number } = api.openIssue(title);
      api.access.pulls.push({ number, head: { sha }, merged_at: null, merge_commit_sha: null });
      const jobs = await runAt("plan.yml", "pull_request", {
        sha,
        pull: number,
        ...(from === undefined ? {} : { from }),
      });
      const issue = api.access.issues.find((each) => each.number === number);
      return { number, jobs, comment: issue?.comments[0]?.body, labels: issue?.labels ?? [] };
    },
    async merge(number) {
      const pull = api.access.pulls.find((each) => each.number === number);
      if (pull === undefined) throw new Error(`no pull request ${number}`);
      const before = git("rev-parse", "main");
      git("merge", "--quiet", "--no-ff", "--message", `Merge #${number}`, pull.head.sha);
      pull.merge_commit_sha = commit("main", "Nothing more");
      pull.merged_at = "2026-01-01T00:00:00Z";
      return runAt("apply.yml", "push", { sha: pull.merge_commit_sha, before });
    },
    pushToMain(title, edit) {
      edit(project);
      commit("main", title);
    },
    onMain: (workflow, event = "schedule") => runAt(workflow, event, { sha: git("rev-parse", "main") }),
    async dispose() {
      await api.close();
      verbs.close();
      project.dispose();
      for (const path of folders) rmSync(path, { recursive: true, force: true });
    },
  };
}

/** The environment `dev-plan` at GitHub: there a key that can only read the state is enough. */
async function readOnlyKey(cloud: TestCloud): Promise<Record<string, string>> {
  const bucketsRole = [{ bucket: "team-state", role: "ReadOnly" as const }];
  const { id, secret = "" } = dataOf(await createAccessKey("state-reader", { bucketsRole, config: iamFor(cloud) }));
  return { STATE_ACCESS_KEY_ID: id, STATE_SECRET_ACCESS_KEY: secret };
}

/** What a fresh runner has in its environment: its own home, the tools, GitHub's variables, and of our credentials the key service's. */
function runnerEnvironment(
  home: string,
  { sha, event, api }: { sha: string; event: string; api: GitHubApi },
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const { PATH = "", NODE_COMPILE_CACHE: compiled } = toolsEnvironment({ projectDir: ROOT, env: process.env });
  return {
    PATH: [join(import.meta.dirname, "programs"), PATH].join(delimiter),
    HOME: home,
    TENANTRY_HOME: join(home, "tenantry"),
    GITHUB_API_URL: api.url,
    GITHUB_REPOSITORY: REPOSITORY,
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_RUN_ID: "1",
    GITHUB_SHA: sha,
    GITHUB_EVENT_NAME: event,
    GITHUB_BASE_REF: event === "pull_request" ? "main" : "",
    // No runner has it. The scripts start for half the processor time with it, and verbs run where the project's run.
    ...(compiled === undefined ? {} : { NODE_COMPILE_CACHE: compiled }),
    ...Object.fromEntries(Object.entries(given).filter(([name]) => /^VAULT_|^TENANTRY_NOW$/.test(name))),
  };
}

/** The secrets of an environment at GitHub, from the variables that a person would set. */
function secretsOf(env: Readonly<Record<string, string>>): Record<string, string> {
  const { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "", ...others } = env;
  const kept = Object.entries(others).filter(([name]) => /^(TIGRIS|TURSO|FLY)_|PASSPHRASE$/.test(name));
  return {
    ...Object.fromEntries(kept),
    STATE_ACCESS_KEY_ID: AWS_ACCESS_KEY_ID,
    STATE_SECRET_ACCESS_KEY: AWS_SECRET_ACCESS_KEY,
  };
}

function gitIn(cwd: string, args: readonly string[]): string {
  const who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"];
  return execFileSync("git", [...who, ...args], { cwd, encoding: "utf8" }).trim();
}
