import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import {
  type Artifact,
  type GitHubApi,
  type Issue,
  REPOSITORY,
  ROBOT,
  startGitHubApi,
} from "../support/forge/github-api.ts";
import { run } from "../support/scratch-project.ts";

const scripts = join(import.meta.dirname, "../../.github/scripts");

let api: GitHubApi;
let dir: string;

beforeEach(async () => {
  api = await startGitHubApi();
  dir = mkdtempSync(join(tmpdir(), "tenantry-github-"));
});

afterEach(async () => {
  await api.close();
  rmSync(dir, { recursive: true });
});

/** Runs a script against the stand-in for GitHub's API; answers its exit code, what it printed, and what it changed. */
async function script(name: string, ...args: string[]) {
  api.changes.length = 0;
  const env = {
    PATH: process.env["PATH"],
    GITHUB_API_URL: api.url,
    GITHUB_REPOSITORY: REPOSITORY,
    GITHUB_TOKEN: "the-workflow-s-token",
  };
  const node = ["--disable-warning=ExperimentalWarning", join(scripts, name), ...args];
  const { code, stdout, stderr } = await run(process.execPath, node, dir, env);
  return { code, stdout, stderr, changes: [...api.changes] };
}

const write = (name: string, text: string) => {
  writeFileSync(join(dir, name), text);
};
const mark = "<!-- tenantry:plan:dev -->";

describe("plan-comment.ts", () => {
  let pull: Issue;
  const comment = (status: string) =>
    script("plan-comment.ts", "dev", String(pull.number), status, "plan.md", "plan.err");
  const said = (login: string, body: string) =>
    pull.comments.push({ id: 100 + pull.comments.length, user: { login }, body });

  beforeEach(() => {
    pull = api.openIssue("A pull request");
    write("plan.md", `${mark}\n### Plan\n`);
  });

  it("writes a first comment and a label, and leaves those of other stacks and people alone", async () => {
    said(ROBOT, "<!-- tenantry:plan:prod -->\n### Plan");
    said("mallory", `${mark}\nNothing will change.`);
    pull.labels.push("prod: no change", "bug");
    expect(await comment("2")).toMatchObject({ code: 0 });
    expect(pull.comments.map(({ body }) => body).at(-1)).toBe(`${mark}\n### Plan\n`);
    expect(pull.comments).toHaveLength(3);
    expect(pull.labels).toEqual(["prod: no change", "bug", "dev: changes"]);
  });

  it("replaces its own earlier comment, on whichever page and with whatever line ends", async () => {
    for (let other = 0; other < 5; other++) said("ada", "Looks good.");
    said(ROBOT, `${mark}\r\n### An older plan`);
    const { changes } = await comment("0");
    expect(changes[0]).toBe("PATCH /issues/comments/105");
    expect(pull.comments.at(-1)?.body).toBe(`${mark}\n### Plan\n`);
  });

  it.each([
    ["0", "dev: no change"],
    ["2", "dev: changes"],
    ["3", "dev: destroys data"],
    ["1", "dev: refused"],
    ["", "dev: refused"],
  ])("labels by the result, in place of an earlier one: %s", async (status, label) => {
    pull.labels.push("dev: destroys data", "dev: no change");
    api.access.labels.push({ name: label, color: "ffffff" });
    expect(await comment(status)).toMatchObject({ code: 0 });
    expect(pull.labels).toEqual([label]);
  });

  it("says why there is no plan, in the words of the command, under the same mark", async () => {
    rmSync(join(dir, "plan.md"));
    write("plan.err", "TENANT_FILES_INVALID: tenants/dev/acme.yaml:2:1: <b>\n");
    await comment("1");
    expect(pull.comments[0]?.body).toMatch(
      /^<!-- tenantry:plan:dev -->\n### Plan of `dev` failed\n\n~~~text\nTENANT_FILES_INVALID: .*<b>\n~~~\n/,
    );
  });

  it("cuts what is longer than GitHub takes, at a line's end, and says so", async () => {
    write("plan.md", `${mark}\n${"| a row of a table |\n".repeat(5000)}`);
    await comment("2");
    const body = pull.comments[0]?.body ?? "";
    expect(body.length).toBeLessThan(65_536);
    expect(body).toMatch(/\| a row of a table \|\n\n\*\*Cut here\.\*\*/);
  });

  it("asks for what it needs when it is not run by a workflow", async () => {
    const env = { PATH: process.env["PATH"] };
    const ran = await run(process.execPath, [join(scripts, "plan-comment.ts"), "dev", "1", "0", "plan.md"], dir, env);
    expect(ran.stderr).toContain("GITHUB_REPOSITORY (owner/name) and GITHUB_TOKEN have to be set");
  });
});

describe("stack-issue.ts", () => {
  const drift = (status: string) => script("stack-issue.ts", "drift", "dev", status, "drift.md");

  beforeEach(() => {
    write("drift.md", "### Drift\n");
  });

  it("opens one issue for a stack that drifts, brings it up to date, and closes it when all is well", async () => {
    expect(await drift("2")).toMatchObject({ code: 0, changes: ["POST /labels", "POST /issues"] });
    const [issue] = api.access.issues;
    expect(issue).toMatchObject({ title: "Drift of dev", labels: ["drift:dev"], state: "open" });
    expect(issue?.body).toContain("### Drift");

    write("drift.md", "### More drift\n");
    await drift("2");
    expect(api.access.issues).toHaveLength(1);
    expect(issue?.body).toContain("### More drift");

    await drift("0");
    expect(issue).toMatchObject({ state: "closed", comments: [{ body: "No drift any more." }] });
    expect((await drift("0")).changes).toEqual([]);
  });

  it("touches nothing when the check itself failed, because the state is then unknown", async () => {
    expect(await drift("1")).toMatchObject({ code: 1, changes: [] });
    expect(await drift("")).toMatchObject({ code: 1, changes: [] });
  });

  it("says why a rotation is held up, whatever the reason, and keeps that apart from drift", async () => {
    await drift("2");
    write("rotate.txt", "ROTATION_BLOCKED: acme: machine update\n");
    await script("stack-issue.ts", "rotation", "dev", "1", "rotate.txt");
    expect(api.access.issues.map(({ title }) => title)).toEqual(["Drift of dev", "Rotation of dev is held up"]);
    expect(api.access.issues[1]?.body).toContain("~~~text\nROTATION_BLOCKED: acme: machine update\n~~~");
    await script("stack-issue.ts", "rotation", "dev", "0", "rotate.txt");
    expect(api.access.issues.map(({ state }) => state)).toEqual(["open", "closed"]);
  });
});

describe("pull-request.ts", () => {
  const git = (...args: string[]) => run("git", args, dir, { ...process.env, ...NOBODY });
  const NOBODY = { GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@b", GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@b" };
  const expired = () => script("pull-request.ts", "expired", "dev", "expired.txt");
  const BRANCH = "tenantry/expired-dev";

  beforeEach(async () => {
    mkdirSync(join(dir, "tenants/dev"), { recursive: true });
    mkdirSync(join(dir, "tenants/prod"));
    write("tenants/dev/acme.yaml", "owner: a@b.example\n");
    write("tenants/prod/acme.yaml", "owner: a@b.example\n");
    write("expired.txt", "edited: acme, suspended\n");
    await git("init", "-q");
    await git("add", "tenants");
    await git("commit", "-qm", "tenants");
  });

  it("opens one pull request with the tenant files of its stack, and nothing else; then keeps it up to date", async () => {
    const first = "owner: a@b.example\nstate: suspended\n";
    write("tenants/dev/acme.yaml", first);
    write("tenants/prod/acme.yaml", first);
    expect(await expired()).toMatchObject({ code: 0, stderr: "" });
    expect(api.access.branches.get(BRANCH)).toEqual({ "tenants/dev/acme.yaml": first });
    expect(api.access.pulls).toMatchObject([{ title: "Suspend what has expired in dev", head: { ref: BRANCH } }]);
    expect(api.access.pulls[0]?.body).toContain("edited: acme, suspended");

    const second = `${first}reason: its trial ended\n`;
    write("tenants/dev/acme.yaml", second);
    expect(await expired()).toMatchObject({ code: 0, stderr: "" });
    expect(api.access.branches.get(BRANCH)).toEqual({ "tenants/dev/acme.yaml": second });
    expect(api.access.pulls).toHaveLength(1);
  });

  it("does nothing where nothing has expired, and closes a pull request that somebody made needless", async () => {
    expect(await expired()).toMatchObject({ code: 0, changes: [] });
    write("tenants/dev/acme.yaml", "owner: a@b.example\nstate: suspended\n");
    await expired();
    await git("checkout", "-q", "tenants");
    expect(await expired()).toMatchObject({ code: 0, stderr: "" });
    expect(api.access.pulls).toMatchObject([{ state: "closed" }]);
  });

  it("opens one pull request with a rollout's ring and its record, and leaves it as somebody reviews it", async () => {
    mkdirSync(join(dir, "rollouts/dev"), { recursive: true });
    write("rollouts/dev/agent-2.yaml", "rings: [canary]\n");
    write("rollouts/agent-2.yaml", "rings: [rest]\n");
    await git("add", "rollouts");
    await git("commit", "-qm", "a rollout");
    const rollout = () => script("pull-request.ts", "rollout", "dev", "expired.txt");
    const ring = {
      "tenants/dev/acme.yaml": "owner: a@b.example\nmachine: { image: a:2 }\n",
      "rollouts/dev/agent-2.yaml": "rings: [canary, rest]\n",
    };
    for (const [path, text] of Object.entries(ring)) write(path, text);
    write("tenants/prod/acme.yaml", "owner: else@b.example\n");
    expect(await rollout()).toMatchObject({ code: 0, stderr: "" });
    expect(api.access.branches.get("tenantry/rollout-dev")).toEqual(ring);
    expect(api.access.pulls).toMatchObject([{ title: "Bring rollouts of dev to their next ring", state: "open" }]);
    write("rollouts/dev/agent-2.yaml", "rings: [canary, rest] # an hour later\n");
    expect(await rollout()).toMatchObject({ code: 0, changes: [] });
    expect(api.access.branches.get("tenantry/rollout-dev")).toEqual(ring);
    await git("checkout", "-q", "tenants", "rollouts");
    await rollout();
    expect(api.access.pulls).toMatchObject([{ state: "closed" }]);
  });

  it("opens one pull request with what finishing a rollout has written: plans, tenants and records of every stack", async () => {
    mkdirSync(join(dir, "rollouts/dev"), { recursive: true });
    write("rollouts/dev/agent-2.yaml", "rings: [rest]\n");
    await git("add", "rollouts");
    await git("commit", "-qm", "a rollout");
    const finish = () => script("pull-request.ts", "finish", "plans", "expired.txt");
    expect(await finish()).toMatchObject({ code: 0, changes: [] });
    const finished = {
      "tenants/dev/acme.yaml": "owner: a@b.example\nplan: compact\n",
      "tenants/prod/acme.yaml": "owner: else@b.example\n",
      "rollouts/dev/agent-2.yaml": "rings: [rest]\nfinished: 2027-01-04\n",
    };
    for (const [path, text] of Object.entries(finished)) write(path, text);
    expect(await finish()).toMatchObject({ code: 0, stderr: "" });
    expect(api.access.branches.get("tenantry/finish-plans")).toEqual(finished);
    expect(api.access.pulls).toMatchObject([{ title: "Finish rollouts that are through", state: "open" }]);
    write("rollouts/dev/agent-2.yaml", "rings: [rest]\nfinished: 2027-01-05\n");
    expect(await finish()).toMatchObject({ code: 0, changes: [] });
  });

  it("has the plans run an image that was just pushed, by its digest, and leaves all else in the file", async () => {
    const digest = `sha256:${"ab".repeat(32)}`;
    const image = `registry.fly.io/acme/reference-app@${digest}`;
    const plans = (first: string) =>
      `# Plans.\nstandard:\n  machine:\n    image: ${first} # ours\n    cpus: 1\nother:\n  machine: { image: a/reference-apps:1 }\n`;
    write("tenants/plans.yaml", plans("ghcr.io/tenantry/reference-app:0.1.0"));
    await git("add", "tenants");
    await git("commit", "-qm", "plans");
    const { code, stdout } = await script("image-in-plans.ts", image, "tenants/plans.yaml");
    expect({ code, stdout }).toEqual({ code: 0, stdout: `1 plans run ${image}.\n` });
    write("image.txt", stdout);
    expect(await script("pull-request.ts", "image", "plans.yaml", "image.txt")).toMatchObject({ code: 0, stderr: "" });
    expect(api.access.branches.get("tenantry/image-plans.yaml")).toEqual({ "tenants/plans.yaml": plans(image) });
    expect(api.access.pulls).toMatchObject([{ title: "Run the new image" }]);
    expect((await script("image-in-plans.ts", image, "tenants/plans.yaml")).stdout).toContain("already");
    expect((await script("image-in-plans.ts", `x/absent@${digest}`, "tenants/plans.yaml")).code).toBe(1);
    expect((await script("image-in-plans.ts", "x/reference-app:1", "tenants/plans.yaml")).code).toBe(1);
  });

  it("takes no stack's name for something else", async () => {
    expect((await script("pull-request.ts", "expired", "../x", "expired.txt")).code).toBe(1);
    expect((await script("pull-request.ts", "other", "dev", "expired.txt")).code).toBe(1);
  });
});

describe("reviewed-plan.ts", () => {
  const artifact = (id: number, run: Partial<Artifact["workflow_run"]> = {}, expired = false) => {
    const workflow_run = { id: id * 10, head_sha: "head", repository_id: 1, head_repository_id: 1, ...run };
    api.access.artifacts.push({ id, name: "plan-dev-head", expired, workflow_run });
  };
  const found = async () => (await script("reviewed-plan.ts", "dev", "merge")).stdout;

  beforeEach(() => {
    const merged_at = "2026-01-01T00:00:00Z";
    api.access.pulls.push({ number: 7, head: { sha: "head" }, merged_at, merge_commit_sha: "merge" });
  });

  it("finds the newest plan of the pull request that brought the commit", async () => {
    artifact(3);
    artifact(5);
    artifact(4);
    expect(await found()).toBe("run_id=50\nname=plan-dev-head\n");
  });

  it("finds none that a fork uploaded, that was made for another commit, or that has ended", async () => {
    artifact(3, { head_repository_id: 2 });
    artifact(4, { head_sha: "other" });
    artifact(5, {}, true);
    expect(await found()).toBe("");
  });

  it("finds none for a commit that no merged pull request brought", async () => {
    artifact(3);
    api.access.pulls.splice(0);
    expect(await found()).toBe("");
  });
});

it("every script is used by a workflow", () => {
  const workflows = ["plan", "apply", "drift", "expire", "rotate"].map((name) =>
    readFileSync(join(scripts, `../workflows/${name}.yml`), "utf8"),
  );
  for (const name of ["plan-comment.ts", "stack-issue.ts", "pull-request.ts", "reviewed-plan.ts"]) {
    expect(existsSync(join(scripts, name))).toBe(true);
    expect(workflows.join("")).toContain(`.github/scripts/${name}`);
  }
});
