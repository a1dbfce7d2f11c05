import { once } from "node:events";
import type { AddressInfo } from "node:net";

import { serve } from "@hono/node-server";
import { Hono } from "hono";

export interface Comment {
  readonly id: number;
  readonly user: { readonly login: string };
  body: string;
}

/** An issue or a pull request: for GitHub's API both are issues. */
export interface Issue {
  readonly number: number;
  title: string;
  body: string;
  state: "open" | "closed";
  labels: string[];
  readonly comments: Comment[];
}

export interface PullRequest {
  readonly number: number;
  readonly head: { readonly sha: string; readonly ref?: string };
  state?: "open" | "closed";
  title?: string;
  body?: string;
  merged_at: string | null;
  merge_commit_sha: string | null;
}

export interface Artifact {
  readonly id: number;
  readonly name: string;
  readonly expired: boolean;
  readonly workflow_run: {
    readonly id: number;
    readonly head_sha: string;
    readonly repository_id: number;
    readonly head_repository_id: number;
  };
}

/** What a repository at GitHub holds besides its commits. Tests write into it, and read from it. */
export interface GitHubRecords {
  readonly issues: Issue[];
  readonly pulls: PullRequest[];
  readonly artifacts: Artifact[];
  readonly labels: { readonly name: string; readonly color: string }[];
  /** Branches that were made by the API, each with what its commit changed: path and text. */
  readonly branches: Map<string, Readonly<Record<string, string>>>;
}

export interface GitHubApi {
  readonly access: GitHubRecords;
  /** What GITHUB_API_URL says. */
  readonly url: string;
  /** The changing calls so far: `POST /issues/7/comments`, below the repository. */
  readonly changes: string[];
  openIssue(title: string): Issue;
  close(): Promise<void>;
}

export const REPOSITORY = "acme/fleet";
export const ROBOT = "github-actions[bot]";

/**
 * The few calls of GitHub's API that the workflows' scripts make, on 127.0.0.1. Lists come two to a page, so that a client
 * that reads the first page only is found out. GitHub itself can't be run here.
 */
export async function startGitHubApi(): Promise<GitHubApi> {
  const access: GitHubRecords = { issues: [], pulls: [], artifacts: [], labels: [], branches: new Map() };
  const changes: string[] = [];
  let last = 0;
  const openIssue = (title: string): Issue => {
    const issue: Issue = { number: ++last, title, body: "", state: "open", labels: [], comments: [] };
    access.issues.push(issue);
    return issue;
  };
  const app = routesOf(access, openIssue, () => ++last);
  const outer = new Hono();
  outer.use(async (context, next) => {
    const { method, path } = context.req;
    if (context.req.header("authorization") !== "token the-workflow-s-token") return context.json({}, 401);
    if (method !== "GET") changes.push(`${method} ${decodeURIComponent(path.slice(`/repos/${REPOSITORY}`.length))}`);
    return next();
  });
  outer.route(`/repos/${REPOSITORY}`, app);
  const server = serve({ fetch: outer.fetch, port: 0, hostname: "127.0.0.1" });
  if (!server.listening) await once(server, "listening");
  return {
    access: access,
    changes,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    openIssue,
    async close() {
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}

function routesOf(access: GitHubRecords, openIssue: (title: string) => Issue, nextId: () => number): Hono {
  const app = new Hono();
  const issueOf = (number: string | undefined) => {
    const found = access.issues.find((issue) => issue.number === Number(number));
    if (found === undefined) throw new Error(`no issue ${number ?? ""}`);
    return found;
  };
  app.get("/issues", (context) => {
    const { labels = "", state } = context.req.query();
    return context.json(access.issues.filter((issue) => issue.labels.includes(labels) && issue.state === state));
  });
  app.post("/issues", async (context) => {
    const { title, ...rest } = await context.req.json<Pick<Issue, "title" | "body" | "labels">>();
    return context.json(Object.assign(openIssue(title), rest), 201);
  });
  app.patch("/issues/comments/:id", async (context) => {
    const { body } = await context.req.json<{ body: string }>();
    const comments = access.issues.flatMap((issue) => issue.comments);
    const found = comments.find(({ id }) => id === Number(context.req.param("id")));
    if (found === undefined) return context.json({}, 404);
    found.body = body;
    return context.json(found);
  });
  app.patch("/issues/:number", async (context) =>
    context.json(Object.assign(issueOf(context.req.param("number")), await context.req.json<Partial<Issue>>())),
  );
  app.get("/issues/:number/comments", (context) => {
    const page = Number(context.req.query("page") ?? 1);
    const { comments } = issueOf(context.req.param("number"));
    const next = new URL(context.req.url);
    next.searchParams.set("page", String(page + 1));
    if (comments.length > page * 2) context.header("link", `<${next.href}>; rel="next"`);
    return context.json(comments.slice((page - 1) * 2, page * 2));
  });
  app.post("/issues/:number/comments", async (context) => {
    const { body } = await context.req.json<{ body: string }>();
    const comment = { id: nextId(), user: { login: ROBOT }, body };
    issueOf(context.req.param("number")).comments.push(comment);
    return context.json(comment, 201);
  });
  app.get("/issues/:number/labels", (context) =>
    context.json(issueOf(context.req.param("number")).labels.map((name) => ({ name }))),
  );
  app.post("/issues/:number/labels", async (context) => {
    const { labels } = await context.req.json<{ labels: string[] }>();
    issueOf(context.req.param("number")).labels.push(...labels);
    return context.json(labels);
  });
  app.delete("/issues/:number/labels/:name", (context) => {
    const issue = issueOf(context.req.param("number"));
    issue.labels = issue.labels.filter((name) => name !== context.req.param("name"));
    return context.json([]);
  });
  app.post("/labels", async (context) => {
    const label = await context.req.json<GitHubRecords["labels"][number]>();
    if (access.labels.some(({ name }) => name === label.name)) return context.json({ errors: ["already_exists"] }, 422);
    access.labels.push(label);
    return context.json(label, 201);
  });
  app.get("/commits/:sha/pulls", (context) =>
    context.json(access.pulls.filter((pull) => pull.merge_commit_sha === context.req.param("sha"))),
  );
  branchRoutes(app, access, nextId);
  app.get("/actions/artifacts", (context) => {
    const artifacts = access.artifacts.filter(({ name }) => name === context.req.query("name"));
    return context.json({ total_count: artifacts.length, artifacts });
  });
  return app;
}

/** A tree, a commit and a branch made by the API, and the pull request for it. */
function branchRoutes(app: Hono, access: GitHubRecords, nextId: () => number): void {
  const trees = new Map<string, Readonly<Record<string, string>>>();
  const commits = new Map<string, Readonly<Record<string, string>>>();
  const named = <Value>(map: Map<string, Value>, kind: string, value: Value) => {
    const sha = `${kind}-${nextId()}`;
    map.set(sha, value);
    return { sha };
  };
  app.get("/", (context) => context.json({ default_branch: "main" }));
  app.post("/git/trees", async (context) => {
    const { tree } = await context.req.json<{ tree: { path: string; content: string }[] }>();
    const files = Object.fromEntries(tree.map(({ path, content }) => [path, content]));
    return context.json(named(trees, "tree", files), 201);
  });
  app.post("/git/commits", async (context) => {
    const { tree } = await context.req.json<{ tree: string }>();
    return context.json(named(commits, "commit", trees.get(tree) ?? {}), 201);
  });
  app.post("/git/refs", async (context) => {
    const { ref, sha } = await context.req.json<{ ref: string; sha: string }>();
    const branch = ref.replace("refs/heads/", "");
    if (access.branches.has(branch)) return context.json({ message: "Reference already exists" }, 422);
    access.branches.set(branch, commits.get(sha) ?? {});
    return context.json({}, 201);
  });
  app.get("/git/matching-refs/:ref", (context) => {
    const prefix = `refs/${context.req.param("ref")}`;
    const refs = [...access.branches.keys()].map((branch) => ({ ref: `refs/heads/${branch}` }));
    return context.json(refs.filter(({ ref }) => ref.startsWith(prefix)));
  });
  app.patch("/git/refs/:ref", async (context) => {
    const { sha } = await context.req.json<{ sha: string }>();
    access.branches.set(context.req.param("ref").replace("heads/", ""), commits.get(sha) ?? {});
    return context.json({});
  });
  app.get("/pulls", (context) => {
    const { head, state } = context.req.query();
    return context.json(
      access.pulls.filter((pull) => `acme:${pull.head.ref ?? ""}` === head && (pull.state ?? "open") === state),
    );
  });
  app.post("/pulls", async (context) => {
    const { head, title, body } = await context.req.json<{ head: string; title: string; body: string }>();
    const pull = { number: nextId(), head: { sha: head, ref: head }, title, body, merged_at: null };
    access.pulls.push({ ...pull, state: "open", merge_commit_sha: null });
    return context.json(pull, 201);
  });
  app.patch("/pulls/:number", async (context) => {
    const found = access.pulls.find(({ number }) => number === Number(context.req.param("number")));
    if (found === undefined) return context.json({}, 404);
    return context.json(Object.assign(found, await context.req.json<Partial<PullRequest>>()));
  });
}
