import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { afterEach, beforeEach, describe, expect } from "@jest/globals";

import { itIf } from "../support/skip.ts";

const scripts = join(import.meta.dirname, "../../.github/scripts");
const hasJq = (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, "jq")));
const NO_JQ = "jq is not installed (Debian: apt-get install jq)";

interface Comment {
  readonly id: number;
  readonly user: { readonly login: string };
  readonly body: string;
}

interface Answers {
  readonly comments?: readonly Comment[];
  readonly issues?: readonly { readonly number: number }[];
}

/** GitHub can't be run here: a stand-in for `gh` that answers lists and writes down every call, with the body it was given. */
const standIn = `#!/bin/sh
case "$*" in
"api --paginate "*) cat comments.json; exit ;;
"issue list "*) cat issues.json; exit ;;
esac
body=
for word in "$@"; do
  case $word in
  body=@*) body=\${word#body=@} ;;
  esac
  [ "$previous" != --body-file ] || body=$word
  previous=$word
done
printf '%s\\n' "$*" >>calls
[ -z "$body" ] || cat "$body" >body.md
`;

let dir = "";

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tenantry-github-"));
  writeFileSync(join(dir, "gh"), standIn);
  chmodSync(join(dir, "gh"), 0o755);
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

/** Runs a script and tells which changes it asked GitHub for, without the names of temporary files. */
async function run(script: string, args: readonly string[], { comments = [], issues = [] }: Answers) {
  writeFileSync(join(dir, "comments.json"), JSON.stringify(comments));
  writeFileSync(join(dir, "issues.json"), JSON.stringify(issues));
  const env = { PATH: `${dir}${delimiter}${process.env["PATH"] ?? ""}`, GITHUB_REPOSITORY: "acme/fleet", TMPDIR: dir };
  const code = await new Promise<number>((resolve) => {
    const child = execFile(join(scripts, script), args, { cwd: dir, env }, () => {
      resolve(child.exitCode ?? -1);
    });
  });
  const read = (name: string) => (existsSync(join(dir, name)) ? readFileSync(join(dir, name), "utf8") : "");
  const calls = read("calls")
    .replaceAll(/[^ =@]*\/tmp\.\w+/g, "FILE")
    .split("\n")
    .slice(0, -1);
  return { code, calls, body: read("body.md") };
}

const mark = "<!-- tenantry:plan:dev -->";
const robot = { login: "github-actions[bot]" };

describe("plan-comment.sh", () => {
  itIf(hasJq, NO_JQ)("writes a first comment", async () => {
    writeFileSync(join(dir, "plan.md"), `${mark}\n### Plan\n`);
    const other = { id: 1, user: robot, body: "<!-- tenantry:plan:prod -->\n### Plan" };
    const { code, calls, body } = await run("plan-comment.sh", ["dev", "7", "plan.md"], { comments: [other] });
    expect(code).toBe(0);
    expect(calls).toEqual(["api --silent --method POST repos/acme/fleet/issues/7/comments --field body=@FILE"]);
    expect(body).toBe(`${mark}\n### Plan\n`);
  });

  itIf(hasJq, NO_JQ)(
    "replaces its own earlier comment on the same stack, also when GitHub gave it other line ends",
    async () => {
      writeFileSync(join(dir, "plan.md"), `${mark}\n### Plan, again\n`);
      const earlier = { id: 12, user: robot, body: `${mark}\r\n### Plan` };
      const { calls } = await run("plan-comment.sh", ["dev", "7", "plan.md"], { comments: [earlier] });
      expect(calls).toEqual(["api --silent --method PATCH repos/acme/fleet/issues/comments/12 --field body=@FILE"]);
    },
  );

  itIf(hasJq, NO_JQ)("leaves a comment of somebody else alone that begins in the same way", async () => {
    writeFileSync(join(dir, "plan.md"), `${mark}\n### Plan\n`);
    const forged = { id: 13, user: { login: "mallory" }, body: `${mark}\nNothing will change.` };
    const { calls } = await run("plan-comment.sh", ["dev", "7", "plan.md"], { comments: [forged] });
    expect(calls).toEqual([expect.stringContaining("POST")]);
  });

  itIf(hasJq, NO_JQ)("says that the plan failed when there is none, under the same mark", async () => {
    const { code, body } = await run("plan-comment.sh", ["dev", "7", "plan.md"], {});
    expect(code).toBe(0);
    expect(body).toMatch(new RegExp(`^${mark}\n### Plan of \\*\\*dev\\*\\* failed\n`));
  });

  itIf(hasJq, NO_JQ)("cuts a plan that is longer than GitHub takes, at a line's end, and says so", async () => {
    writeFileSync(join(dir, "plan.md"), `${mark}\n${"| a row of a table |\n".repeat(5000)}`);
    const { body } = await run("plan-comment.sh", ["dev", "7", "plan.md"], {});
    expect(body.length).toBeLessThan(65_536);
    expect(body).toMatch(/\| a row of a table \|\n\n\*\*Cut here\.\*\*/);
  });
});

describe("drift-issue.sh", () => {
  beforeEach(() => {
    writeFileSync(join(dir, "drift.md"), "<!-- tenantry:drift:dev -->\n### Drift\n");
  });

  itIf(hasJq, NO_JQ)("opens an issue for a stack that drifts", async () => {
    const { code, calls, body } = await run("drift-issue.sh", ["dev", "2", "drift.md"], {});
    expect(code).toBe(0);
    expect(calls).toEqual([
      expect.stringMatching(/^label create drift:dev --force/),
      "issue create --title Drift of dev --label drift:dev --body-file FILE",
    ]);
    expect(body).toContain("### Drift");
  });

  itIf(hasJq, NO_JQ)("brings the open issue up to date", async () => {
    const { calls } = await run("drift-issue.sh", ["dev", "2", "drift.md"], { issues: [{ number: 4 }] });
    expect(calls).toEqual(["issue edit 4 --body-file FILE"]);
  });

  itIf(hasJq, NO_JQ)("closes it when there is no drift any more, and does nothing when there was none", async () => {
    const closed = await run("drift-issue.sh", ["dev", "0", "drift.md"], { issues: [{ number: 4 }] });
    expect(closed.calls).toEqual(["issue close 4 --comment No drift any more."]);
    rmSync(join(dir, "calls"));
    expect(await run("drift-issue.sh", ["dev", "0", "drift.md"], {})).toMatchObject({ code: 0, calls: [] });
  });

  itIf(hasJq, NO_JQ)("touches nothing when the check itself failed", async () => {
    expect(await run("drift-issue.sh", ["dev", "1", "drift.md"], { issues: [{ number: 4 }] })).toMatchObject({
      code: 1,
      calls: [],
    });
  });
});
