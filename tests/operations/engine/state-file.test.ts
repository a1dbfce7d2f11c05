import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { dropCutNotes, keptDeployment, refuseDamagedState } from "../../../operations/engine/state-file.ts";
import { openStack } from "../../../stack/context.ts";
import { scratchProject, type ScratchProject } from "../../support/scratch-project.ts";

const state = (stack: string) => ({
  version: 3,
  checkpoint: { stack: `organization/tenantry/${stack}`, latest: null },
});
const WHOLE = JSON.stringify(state("local"));

let home: string;
let project: ScratchProject;
let path: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "tenantry-home-"));
  project = scratchProject(home);
  project.tenant("acme");
  path = join(home, "state/.pulumi/stacks/tenantry/local.json");
  mkdirSync(join(path, ".."), { recursive: true });
});

afterEach(() => {
  project.dispose();
  rmSync(home, { recursive: true, force: true });
});

const refuse = () => refuseDamagedState({ ...openStack("local", project.dir), home });

describe("a state file", () => {
  it.each([
    ["is empty", "", "is not what Pulumi writes"],
    ["holds an empty object", "{}", "is not what Pulumi writes"],
    ["holds null", "null", "is not what Pulumi writes"],
    ["holds no checkpoint", '{"version":3,"checkpoint":{}}', "is not what Pulumi writes"],
    ["holds something else", "\u0000\u0001 not a state", "is not what Pulumi writes"],
    ["was cut off in its first line", WHOLE.slice(0, 30), "is not what Pulumi writes"],
    ["is of another stack", JSON.stringify(state("prod")), "is of organization/tenantry/prod"],
    [
      "is of a stack whose name begins like ours",
      JSON.stringify(state("local-2")),
      "is of organization/tenantry/local-2",
    ],
  ])("that %s is refused with what to do, and left as it is", (_, text, why) => {
    writeFileSync(path, text);
    expect(refuse).toThrow(
      new RegExp(
        `^STATE_DAMAGED: .*local\\.json ${why}\\n  next: Copy the newest good file of .*backups/tenantry/local over it`,
      ),
    );
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  it.each([
    ["as Pulumi writes it", WHOLE],
    ["as jq writes it", JSON.stringify(state("local"), null, 2)],
    ["with much before the stack's name", JSON.stringify({ padding: "x".repeat(5000), ...state("local") })],
  ])("is taken %s", (_, text) => {
    writeFileSync(path, text);
    expect(refuse).not.toThrow();
  });

  it.each(["", '{"user.content_type":"text/pl'])(
    "loses the note beside it that was cut off (%j), and no whole one",
    (cut) => {
      const notes = [`${path}.attrs`, `${path}.bak.attrs`] as const;
      writeFileSync(path, WHOLE);
      writeFileSync(notes[0], cut);
      writeFileSync(notes[1], '{"md5":null}');
      dropCutNotes({ ...openStack("local", project.dir), home });
      expect(notes.map((file) => existsSync(file))).toEqual([false, true]);
      expect(readFileSync(path, "utf8")).toBe(WHOLE);
    },
  );

  it("may be missing: the stack was never brought up", () => {
    expect(refuse).not.toThrow();
  });

  it("is reported by a reading verb, if it is empty and if it is cut off after its head", async () => {
    for (const text of ["{}", `${WHOLE.slice(0, -1)},"x`]) {
      writeFileSync(path, text);
      expect(await project.tenantry("list")).toMatchObject({
        code: 1,
        stdout: "",
        stderr: expect.stringMatching(/^STATE_DAMAGED: [^]*\n {2}next: Copy the newest good file/) as unknown,
      });
      expect(readFileSync(path, "utf8")).toBe(text);
    }
  }, 60_000);
});

describe("the deployment in a state file", () => {
  const latest = { manifest: {}, resources: [{ urn: "urn:pulumi:local::tenantry::x::y", type: "x" }] };
  const file = (stack = "local", version = 3) =>
    JSON.stringify({ version, checkpoint: { ...state(stack).checkpoint, latest } });
  const kept = () => keptDeployment({ ...openStack("local", project.dir), home });

  it("is taken as it is", () => {
    writeFileSync(path, file());
    expect(kept()).toEqual(latest);
  });

  it.each([
    ["is cut off", file().slice(0, -5)],
    ["is of a stack that holds nothing yet", WHOLE],
    ["is of another stack", file("prod")],
    ["is in a form of another version", file("local", 99)],
  ])("is left to Pulumi where the file %s", (_, text) => {
    writeFileSync(path, text);
    expect(kept()).toBeUndefined();
  });

  it("is left to Pulumi where there is no file, and where the stack is one on real accounts", () => {
    expect(kept()).toBeUndefined();
    writeFileSync(path, file());
    const { settings, ...context } = openStack("local", project.dir);
    expect(keptDeployment({ ...context, settings: { ...settings, cloud: "real" }, home })).toBeUndefined();
  });
});
