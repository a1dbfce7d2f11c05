import { rmSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect } from "@jest/globals";

import type { TestCloud } from "../support/cloud.ts";
import { CTRL_C, CTRL_D } from "../support/at-terminal.ts";
import { hasProgram } from "../support/programs.ts";
import { endFleet, startFleet } from "../support/fleet.ts";
import type { ScratchProject } from "../support/scratch-project.ts";
import { itIf } from "../support/skip.ts";

const LIMIT_MS = 600_000;
const SLOW_MS = 3000;
const QUESTION = "apply this? [y/N] ";
const WITH_KEY = "owner: team@example.com\naccess: [{ name: alice-laptop, mode: read-only }]\n";
const hasTerminal = hasProgram("script");
/** The moving line: taken away, and drawn again or not. */
const DRAWN = new RegExp(`\r\u001b\\[K(?:[\u2800-\u28ff] ([^\r\n]*?) ?\\(\\d+ s\\))?`, "gu");
const WHY = "util-linux's `script` gives a terminal";

let cloud: TestCloud;
let project: ScratchProject;

beforeAll(async () => {
  if (!hasTerminal) return;
  ({ cloud, project } = await startFleet({ secrets: "passphrase" }));
  // As a home that TENANTRY_HOME names for the first time.
  for (const name of ["passphrase", "state"]) rmSync(join(cloud.home, name), { recursive: true });
  project.tenant("acme", WITH_KEY);
  // Asks also where tests run in CI.
  project.env["CI"] = "";
}, LIMIT_MS);

afterAll(async () => {
  if (!hasTerminal) return;
  await endFleet({ cloud, project });
});

const mutations = async () => (await cloud.calls()).filter(({ mutating }) => mutating);

describe("up at a terminal", () => {
  itIf(hasTerminal, WHY)(
    "shows the plan, asks, and touches nothing on no, on Ctrl-C and on Ctrl-D",
    async () => {
      for (const typed of ["n\r", CTRL_D, CTRL_C]) {
        await cloud.forgetCalls();
        const { code, stdout, stderr } = await project.atTerminal([[QUESTION, typed]], "up");
        expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
        expect(stdout).toMatch(
          /acme[^]*machine create[^]*bucket create[^]*plan of local: \d+ to create[^]*apply this\?/,
        );
        expect(stdout).toContain("nothing was applied");
        expect(await mutations()).toEqual([]);
      }
    },
    LIMIT_MS,
  );

  itIf(hasTerminal, WHY)(
    "applies on yes, also in a home that was empty, and asks nothing where nothing is to be done",
    async () => {
      const yes = await project.atTerminal([[QUESTION, "y\r"]], "up");
      expect(yes).toMatchObject({ code: 0, stderr: "" });
      expect(yes.stdout).toMatch(/acme +\d+ created +\S*ok/);
      const again = await project.atTerminal([], "up");
      expect(again.code).toBe(0);
      expect(again.stdout).not.toContain(QUESTION);
      expect(again.stdout).toContain("unchanged: acme");
    },
    LIMIT_MS,
  );
});

describe("a verb that takes its time", () => {
  itIf(hasTerminal, WHY)(
    "says on the terminal what it is at, and takes that away again",
    async () => {
      const verbs = [
        [["show", "acme"], "state of acme"],
        [["env", "acme"], "environment of acme"],
        [["access", "acme"], "keys of acme"],
        [["report", "--html", "fleet.html"], "report of local"],
        [["demo"], "demonstration on local"],
        [["doctor"], "tools, and what local needs"],
        [["list"], "tenants of local"],
        [["status"], "status of local"],
        [["pull", "acme", "files"], "pull of acme"],
      ] as const;
      const timed = async (...words: readonly string[]) => {
        const begun = performance.now();
        const { stdout } = await project.atTerminal([], ...words);
        return { stdout, ms: performance.now() - begun };
      };
      const { ms: start } = await timed("--version");
      for (const [words, label] of verbs) {
        const { stdout, ms } = await timed(...words);
        // What is done within half a second says nothing, and a quick computer may be that quick; a busy one is slow to start.
        const isSlow = ms > SLOW_MS + 2 * start;
        const drawn = [...stdout.matchAll(DRAWN)];
        expect({ words, labels: [...new Set(drawn.map(([, each]) => each?.split(":")[0] ?? ""))] }).toEqual({
          words,
          labels: isSlow ? expect.arrayContaining([label, ""]) : (expect.anything() as unknown),
        });
      }
    },
    LIMIT_MS,
  );
});
