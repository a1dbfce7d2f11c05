// pull-request.ts expired|finish|image|rollout WHERE FILE: puts what was changed in tenants/WHERE (the files of a stack, or
// plans.yaml), of a rollout in rollouts/WHERE too, of finished ones in tenants and rollouts of every stack, into one commit on a branch of its own, and keeps one pull request for it open, with FILE as its text. Nothing was changed: it
// does nothing. The branch is made anew from the commit that is checked out, so that it never falls behind.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

import { openForge } from "./forge.ts";
import { fitting, reportText, runLink } from "./report-text.ts";

const [kind = "", where = "", file = ""] = process.argv.slice(2);

const KINDS: Readonly<
  Record<string, { title: string; about: string; in?: readonly string[]; staysAsOpened?: boolean }>
> = {
  expired: {
    title: `Suspend what has expired in ${where}`,
    about:
      "These tenants' `expires` has come. Merging this suspends them: all data stays, and `tenantry resume` takes it back. To go on with one, set a later day in its file instead.",
  },
  rollout: {
    title: `Bring rollouts of ${where} to their next ring`,
    about:
      "The gates of the ring before were asked. Merging this brings the change to the tenants whose files are here; close it, and the next run makes it anew.",
    in: [`tenants/${where}`, `rollouts/${where}`],
    // Each run notes the hour: what somebody reviews is not made anew under their eyes.
    staysAsOpened: true,
  },
  finish: {
    title: "Finish rollouts that are through",
    about:
      "Their last ring is through its gates in every stack. Merging this moves the value into the plans and takes it out of the tenants' files; every tenant of every stack resolves to the same as before, so nothing is to be applied.",
    in: ["tenants", "rollouts"],
    staysAsOpened: true,
  },
  image: {
    title: "Run the new image",
    about:
      "The image was built, scanned and pushed. Merging this restarts the machines of these plans with it; the plan of this pull request shows which.",
  },
};

const meant = KINDS[kind];
if (meant === undefined || !/^[\w.-]+$/.test(where))
  throw new Error(`pull-request.ts: what is "${kind}" of "${where}"?`);

const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8" });
const folders = meant.in ?? [`tenants/${where}`];
const changed = git("diff", "--name-only", "-z", "HEAD", "--", ...folders)
  .split("\0")
  .filter((path) => path !== "" && existsSync(path));

const { github, at } = openForge(process.env);
const branch = `tenantry/${kind}-${where}`;
const [open] = (await github.rest.pulls.list({ ...at, head: `${at.owner}:${branch}`, state: "open" })).data;

if (changed.length === 0) {
  // What it was for is done: somebody changed the files by hand.
  if (open !== undefined) await github.rest.pulls.update({ ...at, pull_number: open.number, state: "closed" });
} else if (open === undefined || meant.staysAsOpened !== true) {
  const base = (await github.rest.repos.get(at)).data.default_branch;
  const head = git("rev-parse", "HEAD").trim();
  const tree = await github.rest.git.createTree({
    ...at,
    base_tree: head,
    tree: changed.map((path) => ({ path, mode: "100644", type: "blob", content: readFileSync(path, "utf8") })),
  });
  const message = `${meant.title}\n\n${changed.join("\n")}\n`;
  const commit = await github.rest.git.createCommit({ ...at, message, tree: tree.data.sha, parents: [head] });
  await point(commit.data.sha);
  const note =
    "GitHub plans a pull request that a workflow opened only when somebody approves its workflows, or closes and reopens it.";
  const body = fitting(`${meant.about}\n\n${reportText(file) ?? ""}\n${note}\n\n${runLink(process.env)}`);
  if (open === undefined) await github.rest.pulls.create({ ...at, title: meant.title, head: branch, base, body });
  else await github.rest.pulls.update({ ...at, pull_number: open.number, body });
}

/** Has the branch at this commit, whether it exists or not. */
async function point(sha: string): Promise<void> {
  const ref = `heads/${branch}`;
  const found = (await github.rest.git.listMatchingRefs({ ...at, ref })).data.some(
    (each) => each.ref === `refs/${ref}`,
  );
  if (found) await github.rest.git.updateRef({ ...at, ref, sha, force: true });
  else await github.rest.git.createRef({ ...at, ref: `refs/${ref}`, sha });
}
