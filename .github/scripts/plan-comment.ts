// plan-comment.ts STACK PULL STATUS PLAN.md PLAN.err: comments a plan on a pull request and labels that by the result.
// STATUS is the exit code of `tenantry plan`. An earlier comment on the same stack is replaced: it is found by its first
// line, which `tenantry plan --markdown` writes, and by its author, for anybody can comment that line.
//
// COMMENT_AUTHOR: whose comments are replaced, default github-actions[bot].
import { ensureLabel, type Forge, openForge } from "./forge.ts";
import { fitting, reportText, runLink } from "./report-text.ts";

const [stack = "", pull = "", status = "", plan = "", errors = ""] = process.argv.slice(2);
const author = process.env["COMMENT_AUTHOR"] ?? "github-actions[bot]";
const mark = `<!-- tenantry:plan:${stack} -->`;

const RESULTS: Readonly<Record<string, { label: string; color: string; description: string }>> = {
  0: { label: "no change", color: "c2e0c6", description: "Merging changes nothing" },
  2: { label: "changes", color: "fbca04", description: "Merging changes what exists" },
  3: {
    label: "destroys data",
    color: "b60205",
    description: "Merging would destroy data, and no tenant file declares that",
  },
};
const REFUSED = { label: "refused", color: "000000", description: "The plan has errors, or breaks a policy" };

const forge = openForge(process.env);
await comment(forge, fitting(reportText(plan) ?? failure()));
await label(forge, RESULTS[status] ?? REFUSED);

function failure(): string {
  const title = `${mark}\n### Plan of \`${stack}\` failed\n\n`;
  return `${title}${reportText(errors) ?? ""}\n${runLink(process.env)}`;
}

async function comment({ github, at }: Forge, body: string): Promise<void> {
  const comments = await github.paginate(github.rest.issues.listComments, { ...at, issue_number: Number(pull) });
  const earlier = comments.find((each) => each.user?.login === author && each.body?.split(/\r?\n/)[0] === mark);
  if (earlier === undefined) await github.rest.issues.createComment({ ...at, issue_number: Number(pull), body });
  else await github.rest.issues.updateComment({ ...at, comment_id: earlier.id, body });
}

/** Each stack has labels of its own, so that the jobs of several stacks do not get into each other's way. */
async function label(forge: Forge, result: typeof REFUSED): Promise<void> {
  const { github, at } = forge;
  const issue_number = Number(pull);
  const wanted = `${stack}: ${result.label}`;
  const own = [...Object.values(RESULTS), REFUSED].map((each) => `${stack}: ${each.label}`);
  const labels = await github.paginate(github.rest.issues.listLabelsOnIssue, { ...at, issue_number });
  const names = labels.map(({ name }) => name);
  for (const name of names.filter((each) => each !== wanted && own.includes(each))) {
    await github.rest.issues.removeLabel({ ...at, issue_number, name });
  }
  if (names.includes(wanted)) return;
  await ensureLabel(forge, wanted, result.color, result.description);
  await github.rest.issues.addLabels({ ...at, issue_number, labels: [wanted] });
}
