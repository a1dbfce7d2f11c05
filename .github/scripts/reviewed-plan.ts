// reviewed-plan.ts STACK COMMIT: finds the plan that was reviewed in the pull request which brought COMMIT, and prints
// `run_id=…` and `name=…` of the artifact for $GITHUB_OUTPUT. Prints nothing when there is none: a push without a pull
// request, or an artifact that has ended.
import { openForge } from "./forge.ts";

const [stack = "", commit = ""] = process.argv.slice(2);
const { github, at } = openForge(process.env);

const { data: pulls } = await github.rest.repos.listPullRequestsAssociatedWithCommit({ ...at, commit_sha: commit });
const head = pulls.find(({ merged_at }) => merged_at !== null)?.head.sha;
if (head !== undefined) {
  const name = `plan-${stack}-${head}`;
  const { data } = await github.rest.actions.listArtifactsForRepo({ ...at, name });
  // A fork's pull request runs the fork's own workflow: what it uploads under this name is no plan of ours.
  const ours = data.artifacts.filter(
    ({ expired, workflow_run: run }) =>
      !expired && run?.head_sha === head && run.head_repository_id === run.repository_id,
  );
  const [newest] = ours.sort((one, other) => other.id - one.id);
  if (newest?.workflow_run?.id !== undefined) process.stdout.write(`run_id=${newest.workflow_run.id}\nname=${name}\n`);
}
