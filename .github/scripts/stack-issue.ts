// stack-issue.ts drift|rotation|snapshots|restores|newest STACK STATUS FILE: keeps one open issue per stack while something is
// wrong with it. STATUS is the exit code of `tenantry drift`, of `tenantry rotate --due --apply`, of `tenantry snapshot --due`, of
// `tenantry verify --restore`, or of `make test`, where STACK is what was tried. While it says so the issue is opened, or brought up
// to date from FILE; with 0 it is closed. It is found by its label.
import { ensureLabel, openForge } from "./forge.ts";
import { fitting, reportText, runLink } from "./report-text.ts";

const [kind = "", stack = "", status = "", file = ""] = process.argv.slice(2);

const KINDS: Readonly<Record<string, { title: string; description: string; over: string; open: RegExp }>> = {
  drift: {
    title: `Drift of ${stack}`,
    description: "What exists differs from what was applied",
    over: "No drift any more.",
    // 1 says that the check failed: then the state is unknown, and the issue stays as it is.
    open: /^2$/,
  },
  rotation: {
    title: `Rotation of ${stack} is held up`,
    description: "Keys and tokens are due, and something is in the way",
    over: "Rotations go through again.",
    open: /^[1-9]/,
  },
  snapshots: {
    title: `Snapshots of ${stack} fail`,
    description: "Snapshots are due, and could not be taken",
    over: "Snapshots are taken again.",
    open: /^[1-9]/,
  },
  restores: {
    title: `Snapshots of ${stack} cannot be restored whole`,
    description: "A snapshot was restored for a test, and something was missing or could not be restored",
    over: "Every snapshot that was tested can be restored whole.",
    open: /^[1-9]/,
  },
  newest: {
    title: `Tests fail with the newest ${stack}`,
    description: "A newer package or program breaks a test",
    over: "Tests pass with the newest again.",
    open: /^[1-9]/,
  },
};

const found = KINDS[kind];
if (found === undefined || !(status === "0" || found.open.test(status))) {
  throw new Error(`stack-issue.ts: ${kind} with exit code "${status}" says neither that all is well nor what is wrong`);
}

const forge = openForge(process.env);
const { github, at } = forge;
const label = `${kind}:${stack}`;
const [issue] = (await github.rest.issues.listForRepo({ ...at, labels: label, state: "open" })).data;
if (status === "0") {
  if (issue !== undefined) {
    await github.rest.issues.createComment({ ...at, issue_number: issue.number, body: found.over });
    await github.rest.issues.update({ ...at, issue_number: issue.number, state: "closed" });
  }
} else {
  const body = fitting(`${reportText(file) ?? ""}\n${runLink(process.env)}`);
  if (issue === undefined) {
    await ensureLabel(forge, label, "d93f0b", found.description);
    await github.rest.issues.create({ ...at, title: found.title, labels: [label], body });
  } else await github.rest.issues.update({ ...at, issue_number: issue.number, body });
}
